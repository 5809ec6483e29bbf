import { expect, test } from "vitest";
import { inTime, late } from "./deadline.ts";

/** A deadline that is over when the test says so. */
function manualDeadline() {
  const waiting = new Set<() => void>();
  return {
    deadline: {
      deadlineMs: 100,
      timer: (_: number, work: () => void) => {
        waiting.add(work);
        return () => void waiting.delete(work);
      },
    },
    over: () => waiting.forEach((work) => void work()),
    waiting,
  };
}

const never = () => new Promise<string>(() => undefined);

test("what is there in time is the result, and nothing waits any more", async () => {
  const { deadline, waiting } = manualDeadline();
  const behind: unknown[] = [];
  expect(
    await inTime(
      deadline,
      async () => "there",
      (work) => behind.push(work),
    ),
  ).toBe("there");
  expect([waiting.size, behind]).toEqual([0, []]);
});

test("a deadline is of as many milliseconds as it says", async () => {
  const asked: number[] = [];
  const timer = (durationMs: number) => {
    asked.push(durationMs);
    return () => undefined;
  };
  await inTime({ timer, deadlineMs: 250 }, async () => "there");
  expect(asked).toEqual([250]);
});

test("what is not there is late, and is told so by its signal", async () => {
  const { deadline, over, waiting } = manualDeadline();
  let told: AbortSignal | undefined;
  const waited = inTime(deadline, (signal) => {
    told = signal;
    return never();
  });
  expect(told?.aborted).toBe(false);
  over();
  expect(await waited).toBe(late);
  expect([told?.aborted, waiting.size]).toEqual([true, 0]);
});

test("work that ends because it is late is late, and no failure", async () => {
  const { deadline, over } = manualDeadline();
  const waited = inTime(
    deadline,
    (signal) =>
      new Promise<string>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("broken off"))),
      ),
  );
  over();
  expect(await waited).toBe(late);
});

test("what fails in time is thrown, and what throws before it begins too", async () => {
  const { deadline, waiting } = manualDeadline();
  await expect(inTime(deadline, () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  const throws = () => {
    throw new Error("at once");
  };
  await expect(inTime(deadline, throws)).rejects.toThrow("at once");
  expect(waiting.size).toBe(0);
});

test("late work goes on, and is given to whoever waits for it behind", async () => {
  const { deadline, over } = manualDeadline();
  const behind: Promise<string>[] = [];
  let finish = (_: string) => {};
  const work = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const waited = inTime(
    deadline,
    () => work,
    (one) => behind.push(one),
  );
  over();
  expect(await waited).toBe(late);
  finish("there at last");
  expect(await Promise.all(behind)).toEqual(["there at last"]);
});
