import fc from "fast-check";
import { expect, test } from "vitest";
import { quantiseVector } from "./quantise-vector.ts";

const number = fc.double({ min: -1, max: 1, noNaN: true });
const vector = fc.array(number, { minLength: 256, maxLength: 256 });

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x).reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test("likeness survives a byte a number", () => {
  fc.assert(
    fc.property(vector, vector, (a, b) => {
      fc.pre(Math.hypot(...a) > 1 && Math.hypot(...b) > 1);
      expect(Math.abs(cosine(a, b) - cosine(quantiseVector(a), quantiseVector(b)))).toBeLessThan(0.01);
    }),
    { numRuns: 500 },
  );
});

test("however small or large its numbers are, the largest becomes 127, and what is no number 0", () => {
  expect([...quantiseVector([1e-30, -1e-30, 0])]).toEqual([127, -127, 0]);
  expect([...quantiseVector([1e300, Number.NaN, Number.POSITIVE_INFINITY])]).toEqual([127, 0, 0]);
  expect([...quantiseVector([0, 0])]).toEqual([0, 0]);
});
