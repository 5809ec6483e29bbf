import { divideRoundingUp, noTokens, promptTokens, type TokenUsage } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { charged } from "../receipt.ts";
import { currentPriceBook, currentPrices } from "./current-price-book.ts";
import {
  billedUnits,
  type ModelPrice,
  serviceTiers,
  type TokenRates,
  type UnitCounts,
} from "./model-price.ts";
import { priceUsage } from "./price-usage.ts";
import { usdPerMillion } from "./rates.ts";
import { type WorstCase, worstCaseCost } from "./worst-case-cost.ts";

const named = {
  priceBookVersion: "test",
  modelId: "test.model",
  serviceTier: "default",
  source: "test",
} as const;

const rate = fc.bigInt({ min: 0n, max: 10n ** 11n });
const rates = fc.record(
  { input: rate, output: rate, cacheRead: rate, cacheWrite5m: rate, cacheWrite1h: rate },
  { requiredKeys: ["input", "output"] },
) as fc.Arbitrary<TokenRates>;
const price = fc
  .record({
    tokenRates: rates,
    longContext: fc.option(fc.record({ thresholdTokens: fc.nat(300_000), rates }), { nil: undefined }),
  })
  .map(
    ({ tokenRates, longContext }): ModelPrice => ({
      ...named,
      tokenRates,
      ...(longContext && { longContext }),
      unitRates: { image: 7n },
    }),
  );
const tokens = fc.oneof(fc.nat(10), fc.nat(1_000_000));
const usage: fc.Arbitrary<TokenUsage> = fc.record({
  input: tokens,
  cacheRead: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  output: tokens,
});

test("no usage within the ceilings costs more than the worst case", () => {
  fc.assert(
    fc.property(
      price,
      usage,
      fc.constantFrom<WorstCase["cacheWrites"]>("none", "5m", "1h"),
      fc.nat(5),
      fc.nat(1_000),
      (anyPrice, reported, cacheWrites, images, slack) => {
        const used = cacheWrites === "1h" ? reported : { ...reported, cacheWrite1h: 0 };
        const worst = worstCaseCost(anyPrice, {
          inputTokensCeiling: promptTokens(used) + slack,
          maxOutputTokens: used.output + slack,
          cacheWrites,
          units: { image: images + slack },
        });
        expect(priceUsage(anyPrice, used, { image: images }).costNanoUsd <= worst).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});

/** Every price of the current edition, each tier of each route. */
const pricesOfBook: readonly ModelPrice[] = currentPrices.flatMap(({ modelId, routes }) =>
  routes.flatMap((route) =>
    serviceTiers.flatMap((serviceTier) => {
      const scope = route === "region" || route === "global" ? route : "geo";
      return currentPriceBook().find({ modelId, scope, profile: route, serviceTier }) ?? [];
    }),
  ),
);

test("of every price in the book: no usage within the ceilings is charged more than its marked-up worst case", () => {
  expect(new Set(pricesOfBook.map(({ serviceTier }) => serviceTier))).toEqual(new Set(serviceTiers));
  const around = fc.oneof(
    tokens,
    fc.integer({ min: 99_990, max: 100_010 }),
    fc.integer({ min: 199_990, max: 200_010 }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...pricesOfBook),
      fc.record({
        input: around,
        cacheRead: tokens,
        cacheWrite5m: tokens,
        cacheWrite1h: tokens,
        output: tokens,
      }),
      fc.constantFrom<WorstCase["cacheWrites"]>("none", "5m", "1h"),
      fc.nat(9),
      fc.oneof(fc.nat(3), fc.nat(100_000)),
      fc.integer({ min: -9_999, max: 50_000 }),
      (bookPrice, reported, cacheWrites, count, slack, markup) => {
        const used = cacheWrites === "1h" ? reported : { ...reported, cacheWrite1h: 0 };
        const priced = billedUnits.filter((unit) => bookPrice.unitRates?.[unit] !== undefined);
        const units = Object.fromEntries(priced.map((unit) => [unit, count]));
        const worst = worstCaseCost(bookPrice, {
          inputTokensCeiling: promptTokens(used) + slack,
          maxOutputTokens: used.output + slack,
          cacheWrites,
          units,
        });
        const { costNanoUsd } = priceUsage(bookPrice, used, units);
        expect(charged(costNanoUsd, markup) <= charged(worst, markup)).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("the worst case is reached: it reserves no more than some usage within the ceilings costs", () => {
  // Rates of Opus 5.5: the dearest a prompt can be is a five-minute write, or a one-hour write where asked for.
  const opus: ModelPrice = {
    ...named,
    tokenRates: usdPerMillion({
      input: "4",
      cacheRead: "0.2",
      cacheWrite5m: "5",
      cacheWrite1h: "8",
      output: "20",
    }),
  };
  const ceilings = { inputTokensCeiling: 1_000, maxOutputTokens: 100 };
  // 1,000 x 5 + 100 x 20 = 7,000 millionths; 1,000 x 8 + 100 x 20 = 10,000 millionths
  expect(worstCaseCost(opus, { ...ceilings, cacheWrites: "none" })).toBe(7_000_000n);
  expect(worstCaseCost(opus, { ...ceilings, cacheWrites: "5m" })).toBe(7_000_000n);
  expect(worstCaseCost(opus, { ...ceilings, cacheWrites: "1h" })).toBe(10_000_000n);
});

test("the long-context rates are reserved from the first ceiling that can reach them", () => {
  const banded: ModelPrice = {
    ...named,
    tokenRates: usdPerMillion({ input: "1", output: "1" }),
    longContext: { thresholdTokens: 1_000, rates: usdPerMillion({ input: "5", output: "5" }) },
  };
  const worst = { maxOutputTokens: 0, cacheWrites: "none" } as const;
  expect(worstCaseCost(banded, { ...worst, inputTokensCeiling: 1_000 })).toBe(1_000_000n);
  expect(worstCaseCost(banded, { ...worst, inputTokensCeiling: 1_001 })).toBe(5_005_000n);
});

test("the lines of a receipt add up to its cost, and name every token once", () => {
  fc.assert(
    fc.property(price, usage, (anyPrice, used) => {
      const priced = priceUsage(anyPrice, used);
      const sum = priced.lines.reduce(
        (total, line) => total + BigInt(line.tokens) * line.rateNanoUsdPerMillion,
        0n,
      );
      expect(priced.costNanoUsd).toBe(divideRoundingUp(sum, 1_000_000n));
      expect(priced.lines.reduce((total, line) => total + line.tokens, 0)).toBe(
        promptTokens(used) + used.output,
      );
    }),
  );
});

test("tokens of a class without a published price cost the dearest rate of the prompt and are marked", () => {
  const partial: ModelPrice = {
    ...named,
    tokenRates: usdPerMillion({ input: "1", cacheWrite5m: "3", output: "9" }),
  };
  const priced = priceUsage(partial, { ...noTokens, cacheRead: 10, cacheWrite1h: 10, cacheWrite5m: 10 });
  expect(priced.assumed).toEqual(["cacheRead", "cacheWrite1h"]);
  // 30 tokens at 3 USD per million = 90 millionths
  expect(priced.costNanoUsd).toBe(90_000n);
});

test("a call that used nothing costs nothing", () => {
  const plain: ModelPrice = { ...named, tokenRates: usdPerMillion({ input: "1", output: "1" }) };
  expect(priceUsage(plain, noTokens)).toEqual({
    lines: [],
    unitLines: [],
    costNanoUsd: 0n,
    longContext: false,
    assumed: [],
  });
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
  "%d is refused as a count of tokens",
  (count) => {
    const plain: ModelPrice = { ...named, tokenRates: usdPerMillion({ input: "1", output: "1" }) };
    expect(() => priceUsage(plain, { ...noTokens, output: count })).toThrow(RangeError);
    expect(() =>
      worstCaseCost(plain, { inputTokensCeiling: count, maxOutputTokens: 1, cacheWrites: "none" }),
    ).toThrow(RangeError);
  },
);

test("a unit without a price is refused before the call and after it", () => {
  const plain: ModelPrice = { ...named, tokenRates: usdPerMillion({ input: "1", output: "1" }) };
  const units: UnitCounts = { image: 1 };
  expect(() => priceUsage(plain, noTokens, units)).toThrow(RangeError);
  expect(() =>
    worstCaseCost(plain, { inputTokensCeiling: 1, maxOutputTokens: 1, cacheWrites: "none", units }),
  ).toThrow(RangeError);
});
