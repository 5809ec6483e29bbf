import { expect, test } from "vitest";
import { ManualTimer } from "../testing/manual-timer.ts";
import { withHeartbeats } from "./heartbeats.ts";

const beat = Uint8Array.of(0);

/** A source that gives what the test puts into it, when it puts it in. */
function openSource() {
  const seen: string[] = [];
  let next: PromiseWithResolvers | undefined;
  interface PromiseWithResolvers {
    readonly give: (value: Uint8Array | undefined) => void;
    readonly fail: (error: Error) => void;
  }
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const value = await new Promise<Uint8Array | undefined>((give, fail) => {
          next = { give, fail };
        });
        if (!value) {
          return;
        }
        yield value;
      }
    } finally {
      seen.push("ended");
    }
  }
  const manual = new ManualTimer();
  const stream = withHeartbeats(source(), { beat, intervalMs: 15_000, timer: manual.timer });
  return {
    manual,
    stream,
    seen,
    give: (value?: number) => next?.give(value === undefined ? undefined : Uint8Array.of(value)),
    fail: (error: Error) => next?.fail(error),
  };
}

test("a reader that waits hears a beat in every silence, and then what comes, whole and in order", async () => {
  const { manual, stream, give } = openSource();
  const heard: unknown[] = [];
  for (const act of [
    () => give(1),
    () => manual.goOff(),
    () => manual.goOff(),
    () => give(2),
    () => give(),
  ]) {
    const read = stream.next();
    expect(manual.durationsMs).toEqual([15_000]);
    act();
    const { value, done } = await read;
    heard.push(done ? "done" : value?.[0]);
    expect(manual.durationsMs).toEqual([]);
  }
  expect(heard).toEqual([1, 0, 0, 2, "done"]);
});

test("a failure after a silence is thrown to whoever reads next", async () => {
  const { manual, stream, fail } = openSource();
  const first = stream.next();
  manual.goOff();
  await first;
  fail(new Error("broke off"));
  await expect(stream.next()).rejects.toThrow("broke off");
});

test("a reader that leaves in a silence returns the source", async () => {
  const { manual, stream, seen, give } = openSource();
  const first = stream.next();
  manual.goOff();
  await first;
  const left = stream.return(undefined);
  // What waits for its own upstream is woken by the abort that comes before.
  give(1);
  await left;
  expect(seen).toEqual(["ended"]);
});

test("nobody reads, so there is no beat and nothing is asked of the source", () => {
  const { manual, seen } = openSource();
  expect(manual.durationsMs).toEqual([]);
  expect(seen).toEqual([]);
});
