import { ManualClock, noPlatformLimits, type PlatformLimits } from "@caprock/domain";
import { expect, test } from "vitest";
import { CachedPlatformLimits } from "./cached-platform-limits.ts";

/** A store that answers when it is told to. */
class HeldStore {
  readonly waiting: { resolve(limits: PlatformLimits): void; reject(error: Error): void }[] = [];
  reads = 0;

  read(): Promise<PlatformLimits> {
    this.reads += 1;
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  answer(version: number): void {
    this.waiting.shift()?.resolve({ ...noPlatformLimits, version });
  }

  fail(): void {
    this.waiting.shift()?.reject(new Error("the store is away"));
  }
}

function open() {
  const store = new HeldStore();
  const clock = new ManualClock(0);
  const failures: unknown[] = [];
  const limits = new CachedPlatformLimits({
    store,
    clock,
    maxAgeMs: 5_000,
    onFailure: (error) => failures.push(error),
  });
  const version = async () => (await limits.read()).version;
  return { store, clock, failures, version };
}

test("calls that come at once share one read, and later ones its answer until it is too old", async () => {
  const { store, clock, version } = open();
  const first = [version(), version(), version()];
  store.answer(1);
  expect(await Promise.all(first)).toEqual([1, 1, 1]);
  clock.advance(4_999);
  expect(await version()).toBe(1);
  expect(store.reads).toBe(1);
  clock.advance(1);
  const next = version();
  store.answer(2);
  expect(await next).toBe(2);
});

test("a clock that is set back does not keep a copy", async () => {
  const { store, clock, version } = open();
  clock.set(60_000);
  const first = version();
  store.answer(1);
  await first;
  clock.set(59_999);
  const next = version();
  store.answer(2);
  expect(await next).toBe(2);
});

test("an answer's age counts from when it was asked for", async () => {
  const { store, clock, version } = open();
  const slow = version();
  clock.advance(5_000);
  store.answer(1);
  expect(await slow).toBe(1);
  const next = version();
  store.answer(2);
  expect(await next).toBe(2);
});

test("while the limits cannot be read the copy before is served, each failure is told, and calls do not pile up reads", async () => {
  const { store, clock, failures, version } = open();
  const first = version();
  store.answer(1);
  await first;
  for (const round of [1, 2]) {
    clock.advance(5_000);
    const stale = [version(), version()];
    store.fail();
    expect(await Promise.all(stale)).toEqual([1, 1]);
    expect(await version()).toBe(1);
    expect(failures).toHaveLength(round);
  }
  expect(store.reads).toBe(3);
  clock.advance(5_000);
  const back = version();
  store.answer(2);
  expect(await back).toBe(2);
});

test("without any copy the failure is thrown, and the next call tries again", async () => {
  const { store, version } = open();
  const first = version();
  store.fail();
  await expect(first).rejects.toThrow("away");
  const next = version();
  store.answer(1);
  expect(await next).toBe(1);
});
