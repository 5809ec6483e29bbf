import { expect, test } from "vitest";
import { streamBody } from "./stream-body.ts";

/** A body over an endless source that is itself read from another, as the routes do it. */
function openBody() {
  const seen: string[] = [];
  const inner: AsyncIterableIterator<number> = {
    next: () => Promise.resolve({ value: seen.push("read"), done: false }),
    return: () => {
      seen.push("returned");
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]: () => inner,
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const value of inner) {
      yield Uint8Array.of(value);
    }
  }
  return { seen, body: streamBody(chunks(), () => seen.push("aborted")) };
}

test("nothing is read ahead of the reader", async () => {
  const { seen, body } = openBody();
  const reader = body.getReader();
  expect(seen).toEqual([]);
  await reader.read();
  await reader.read();
  expect(seen).toEqual(["read", "read"]);
});

test("a reader that leaves aborts the source first, and waits until it has returned", async () => {
  const { seen, body } = openBody();
  const reader = body.getReader();
  await reader.read();
  await reader.cancel();
  expect(seen).toEqual(["read", "aborted", "returned"]);
});

test("a body that nobody ever reads returns its source as well", async () => {
  const { seen, body } = openBody();
  await body.cancel();
  expect(seen[0]).toBe("aborted");
  expect(seen.at(-1)).toBe("returned");
});
