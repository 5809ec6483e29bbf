import { expect, test } from "vitest";
import { readInTime } from "./read-in-time.ts";

/** A deadline that is over when the test says so. */
function manualDeadline() {
  const waiting = new Set<() => void>();
  const timer = (_: number, work: () => void) => {
    waiting.add(work);
    return () => void waiting.delete(work);
  };
  return {
    deadline: { timer, deadlineMs: 10_000 },
    over: () => waiting.forEach((work) => void work()),
    waiting,
  };
}

/** Lists three, and hangs before the one that is named. */
async function* hangingBefore(hangs: number, signal: AbortSignal): AsyncGenerator<number> {
  for (let index = 1; index <= 3; index++) {
    if (index === hangs) {
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("broken off"))),
      );
    }
    yield index;
  }
}

test("what answers is read to its end, however long all of it takes", async () => {
  const { deadline, waiting } = manualDeadline();
  const read: number[] = [];
  for await (const one of readInTime((signal) => hangingBefore(0, signal), deadline)) {
    read.push(one);
  }
  expect([read, waiting.size]).toEqual([[1, 2, 3], 0]);
});

test("what hangs is told as late, in the middle too, and its call is broken off", async () => {
  for (const hangs of [1, 3]) {
    const { deadline, over } = manualDeadline();
    let told: AbortSignal | undefined;
    const read: number[] = [];
    const reading = (async () => {
      const items = readInTime((signal) => {
        told = signal;
        return hangingBefore(hangs, signal);
      }, deadline);
      for await (const one of items) {
        read.push(one);
      }
    })();
    await expect.poll(() => read.length).toBe(hangs - 1);
    over();
    await expect(reading).rejects.toMatchObject({
      problem: { code: "upstream_timeout", message: expect.stringContaining("10000 ms") },
    });
    expect(told?.aborted).toBe(true);
  }
});

test("whoever has enough breaks the reading off, and a failure is the reader's", async () => {
  const { deadline } = manualDeadline();
  let told: AbortSignal | undefined;
  const items = readInTime((signal) => {
    told = signal;
    return hangingBefore(2, signal);
  }, deadline);
  for await (const one of items) {
    expect(one).toBe(1);
    break;
  }
  expect(told?.aborted).toBe(true);
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error("away");
  }
  const read = async () => {
    for await (const _ of readInTime(failing, deadline)) {
      // Read to its end.
    }
  };
  await expect(read()).rejects.toThrow("away");
});
