import fc from "fast-check";
import { expect, test } from "vitest";
import { roundestFrom } from "./token-grid.ts";

test("the cut is within the slack, and no number there is rounder", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 300 }), (least, slack) => {
      const cut = roundestFrom(least, slack);
      expect(cut).toBeGreaterThanOrEqual(least);
      expect(cut).toBeLessThanOrEqual(least + slack);
      const roundness = (number: number) => number & -number;
      for (let other = least; other <= least + slack; other++) {
        expect(roundness(other)).toBeLessThanOrEqual(roundness(cut));
      }
    }),
  );
});

test("as a chat grows the cut stays, then moves by at least a quarter of the slack on average", () => {
  const slack = 1000;
  const cuts = new Set<number>();
  for (let least = 1; least <= 100_000; least++) {
    cuts.add(roundestFrom(least, slack));
  }
  expect(cuts.size).toBeLessThan(100_000 / (slack / 4));
});

test("more room never cuts later", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 20_000 }), fc.nat(3000), (total, budget, more) => {
      const cut = (room: number) => (total > room ? roundestFrom(total - room, Math.floor(room / 4)) : 0);
      expect(cut(budget + more)).toBeLessThanOrEqual(cut(budget));
    }),
    { numRuns: 2000 },
  );
});
