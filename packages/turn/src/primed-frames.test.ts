import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { primeFrames } from "./primed-frames.ts";

test("frames that were read to their end leave nothing with the end of the call, which would keep the turn in memory until then", async () => {
  async function* batches() {
    yield 1;
    yield 2;
  }
  const end = new AbortController().signal;
  const read: number[] = [];
  for await (const batch of await primeFrames(batches(), end)) {
    read.push(batch);
  }
  expect(read).toEqual([1, 2]);
  expect(getEventListeners(end, "abort")).toEqual([]);
});

test("frames that failed, and frames of which nothing came, leave nothing there either", async () => {
  async function* failing() {
    yield 1;
    throw new Error("broken off");
  }
  async function* none() {
    // Ends at once.
  }
  const end = new AbortController().signal;
  const frames = await primeFrames(failing(), end);
  await frames.next();
  await expect(frames.next()).rejects.toThrow("broken off");
  await primeFrames(none(), end);
  expect(getEventListeners(end, "abort")).toEqual([]);
});

test("frames that nobody reads are ended with the call, and whoever reads on is told why", async () => {
  let ended = false;
  async function* batches() {
    try {
      yield 1;
      yield 2;
    } finally {
      ended = true;
    }
  }
  const call = new AbortController();
  const frames = await primeFrames(batches(), call.signal);
  call.abort();
  await expect.poll(() => ended).toBe(true);
  await frames.next();
  await expect(frames.next()).rejects.toMatchObject({ problem: { code: "upstream_timeout" } });
});
