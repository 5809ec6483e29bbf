import fc from "fast-check";
import { expect, test } from "vitest";
import { roomWithin } from "./history-room.ts";
import { readInOrder } from "./read-in-order.ts";

interface Item {
  readonly place: number;
  readonly bytes: number;
  readonly tokens: number;
  readonly isGone: boolean;
  /** So many steps it takes to be read. */
  readonly steps: number;
}

const items = fc
  .array(fc.record({ bytes: fc.nat(9), tokens: fc.nat(9), isGone: fc.boolean(), steps: fc.nat(5) }), {
    maxLength: 30,
  })
  .map((drawn) => drawn.map((one, place): Item => ({ place, ...one })));

interface Bound {
  readonly limit: number;
  readonly mostBytes: number;
  readonly mostTokens: number;
}

/** What one read at a time would find. */
function oneByOne(all: readonly Item[], { limit, mostBytes, mostTokens }: Bound) {
  const found: number[] = [];
  let [bytes, tokens] = [0, 0];
  for (const { place, isGone, ...own } of all) {
    bytes += own.bytes;
    tokens += own.tokens;
    if (place > 0 && (bytes > mostBytes || tokens > mostTokens)) {
      return { found, isCut: true };
    }
    if (!isGone) {
      found.push(place);
    }
    if (found.length === limit) {
      return { found, isCut: true };
    }
  }
  return { found, isCut: false };
}

test("several at once find what one after the other would, and no more is read at once, or at all, than is asked for", async () => {
  const drawn = fc.record({
    limit: fc.integer({ min: 1, max: 12 }),
    mostBytes: fc.nat(60),
    mostTokens: fc.nat(60),
  });
  await fc.assert(
    fc.asyncProperty(items, drawn, fc.integer({ min: 1, max: 9 }), async (all, bound, mostAtOnce) => {
      let [atOnce, most] = [0, 0];
      const read: Item[] = [];
      const told = await readInOrder(
        all,
        { limit: bound.limit, mostAtOnce, hasRoomFor: roomWithin(bound) },
        async (item) => {
          read.push(item);
          atOnce += 1;
          most = Math.max(most, atOnce);
          for (let step = 0; step < item.steps; step++) {
            await undefined;
          }
          atOnce -= 1;
          return item.isGone ? undefined : item.place;
        },
      );
      expect(told).toEqual(oneByOne(all, bound));
      expect(most).toBeLessThanOrEqual(mostAtOnce);
      const sumOf = (size: "bytes" | "tokens") => read.reduce((sum, one) => sum + one[size], 0);
      expect(read.length < 2 || sumOf("bytes") <= bound.mostBytes).toBe(true);
      expect(read.length < 2 || sumOf("tokens") <= bound.mostTokens).toBe(true);
    }),
  );
});
