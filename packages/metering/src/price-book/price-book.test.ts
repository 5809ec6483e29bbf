import { expect, test } from "vitest";
import { currentPriceBook } from "./current-price-book.ts";
import type { PriceEntry } from "./model-price.ts";
import { PriceBook } from "./price-book.ts";
import { usdPerMillion } from "./rates.ts";

const book = currentPriceBook();
const nova = { modelId: "amazon.nova-pro-v1:0", serviceTier: "default" };

const cheap: PriceEntry = {
  modelId: "test.model",
  routes: ["region", "us"],
  effectiveFrom: "2026-03-01",
  source: "test",
  tokenRates: usdPerMillion({ input: "1", output: "2" }),
};
const dear: PriceEntry = {
  ...cheap,
  effectiveFrom: "2026-09-01",
  tokenRates: usdPerMillion({ input: "3", output: "4" }),
};
const query = { modelId: "test.model", scope: "region", serviceTier: "default" } as const;

test("each way of calling a model has its own price", () => {
  const inputOf = (scope: "region" | "geo", profile?: string) =>
    book.find({ ...nova, scope, ...(profile && { profile }) })?.tokenRates?.input;
  expect(inputOf("region")).toBe(800_000_000n);
  expect(inputOf("geo", "us")).toBe(800_000_000n);
  expect(inputOf("geo", "apac")).toBe(840_000_000n);
  expect(inputOf("geo", "eu")).toBe(1_050_000_000n);
});

test.each([
  ["an unknown model", { ...nova, modelId: "amazon.nova-max-v9:0", scope: "region" as const }],
  ["a model by a profile it is not sold under", { ...nova, scope: "global" as const }],
  ["a geography that is not named", { ...nova, scope: "geo" as const }],
  [
    "a bare id of a model sold by profile only",
    {
      ...nova,
      modelId: "anthropic.claude-opus-5-5",
      scope: "region" as const,
    },
  ],
  [
    "a tier the model is not known to be served at",
    { ...nova, scope: "region" as const, serviceTier: "flex" },
  ],
  [
    "the reserved tier",
    {
      modelId: "openai.gpt-oss-20b-1:0",
      scope: "region" as const,
      serviceTier: "reserved",
    },
  ],
])("%s has no price", (_, asked) => {
  expect(book.find(asked)).toBeUndefined();
});

test("a call is priced as of the day it arrives", () => {
  const dated = new PriceBook("test", [dear, cheap]);
  const inputAt = (atMs?: number) =>
    dated.find({ ...query, ...(atMs !== undefined && { atMs }) })?.tokenRates?.input;
  const september = Date.UTC(2026, 8, 1);
  expect(inputAt(Date.UTC(2026, 2, 1) - 1)).toBeUndefined();
  expect(inputAt(september - 1)).toBe(1_000_000_000n);
  expect(inputAt(september)).toBe(3_000_000_000n);
  expect(inputAt()).toBe(3_000_000_000n);
});

test("a price names the edition it is from", () => {
  expect(book.find({ ...nova, scope: "region" })?.priceBookVersion).toBe(book.version);
  expect(book.version).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test.each<[string, PriceEntry[]]>([
  ["two prices of one thing from one day", [cheap, { ...cheap, routes: ["us"] }]],
  ["a date that is none", [{ ...cheap, effectiveFrom: "soon" }]],
  ["an entry that bills nothing", [{ ...cheap, tokenRates: undefined } as unknown as PriceEntry]],
])("a book with %s is not made", (_, entries) => {
  expect(() => new PriceBook("test", entries)).toThrow(RangeError);
});
