import fc from "fast-check";
import { expect, test } from "vitest";
import { readInOrder } from "./read-in-order.ts";

interface Item {
  readonly place: number;
  readonly bytes: number;
  readonly isGone: boolean;
  /** So many steps it takes to be read. */
  readonly steps: number;
}

const items = fc
  .array(fc.record({ bytes: fc.nat(9), isGone: fc.boolean(), steps: fc.nat(5) }), { maxLength: 30 })
  .map((drawn) => drawn.map((one, place): Item => ({ place, ...one })));

/** What one read at a time would find. */
function oneByOne(all: readonly Item[], limit: number, mostBytes: number) {
  const found: number[] = [];
  let bytes = 0;
  for (const { place, isGone, bytes: own } of all) {
    bytes += own;
    if (bytes > mostBytes && bytes > own) {
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
  const drawn = fc.record({ limit: fc.integer({ min: 1, max: 12 }), mostBytes: fc.nat(60) });
  await fc.assert(
    fc.asyncProperty(items, drawn, fc.integer({ min: 1, max: 9 }), async (all, bound, mostAtOnce) => {
      let [atOnce, most] = [0, 0];
      const read: Item[] = [];
      const told = await readInOrder(
        all,
        { ...bound, mostAtOnce, bytesOf: ({ bytes }) => bytes },
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
      expect(told).toEqual(oneByOne(all, bound.limit, bound.mostBytes));
      expect(most).toBeLessThanOrEqual(mostAtOnce);
      const sized = read.filter(({ bytes }) => bytes > 0);
      const bytes = sized.reduce((sum, one) => sum + one.bytes, 0);
      expect(sized.length < 2 || bytes <= bound.mostBytes).toBe(true);
    }),
  );
});
