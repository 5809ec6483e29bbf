import fc from "fast-check";
import { expect, test } from "vitest";
import { divideRoundingUp, formatUsd, parseUsd, shortUsd } from "./money.ts";

test("USD text is read to the nano", () => {
  expect(parseUsd("0.000000035")).toBe(35n);
  expect(parseUsd("12")).toBe(12_000_000_000n);
  expect(formatUsd(35n)).toBe("0.000000035");
});

test("what is written reads back unchanged", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 23n), max: 10n ** 23n }), (amount) => {
      expect(parseUsd(formatUsd(amount))).toBe(amount);
    }),
  );
});

test.each(["", "1e3", "1.", ".5", "1.0000000001", "$1", "1,000", "NaN", "1234567890123456"])(
  "%j is refused as an amount",
  (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError);
  },
);

test("division rounds up and never loses more than it must", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 9n }), (a, b) => {
      const result = divideRoundingUp(a, b);
      expect(result * b >= a).toBe(true);
      expect((result - 1n) * b < a).toBe(true);
    }),
  );
});

test.each([
  [0n, "0.00"],
  [10_000_000_000n, "10.00"],
  [9_863_826_950n, "9.86382695"],
  [1_500_000_000n, "1.50"],
  [-35n, "-0.000000035"],
])("%s nano-USD are %s USD in a sentence", (amount, text) => {
  expect(shortUsd(amount)).toBe(text);
});
