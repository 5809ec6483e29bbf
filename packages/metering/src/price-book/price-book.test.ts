import { expect, test } from "vitest";
import { currentPriceBook } from "./current-price-book.ts";
import type { PriceEntry } from "./model-price.ts";
import { PriceBook } from "./price-book.ts";
import { priceProvisionedHours } from "./provisioned-price.ts";
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
  [
    "batch of a model that AWS does not serve by batch",
    { modelId: "anthropic.claude-opus-5-5", scope: "global" as const, serviceTier: "batch" },
  ],
  [
    "batch of what is billed by the image",
    { modelId: "amazon.titan-embed-image-v1", scope: "region" as const, serviceTier: "batch" },
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
  [
    "a tier for what is billed by the piece",
    [{ ...cheap, unitRates: { image: 1n }, otherTiers: { batch: "test" } }],
  ],
  ["an entry that bills nothing", [{ ...cheap, tokenRates: undefined } as unknown as PriceEntry]],
])("a book with %s is not made", (_, entries) => {
  expect(() => new PriceBook("test", entries)).toThrow(RangeError);
});

test("a price says where it was read, and its tier where that was", () => {
  const price = book.find({
    modelId: "meta.llama4-scout-17b-instruct-v1:0",
    scope: "geo",
    profile: "us",
    serviceTier: "batch",
  });
  expect(price?.source).toMatch(/^LiteLLM price file, copy of 2026-08-01; batch: LiteLLM/);
});

test.each([
  ["an unknown model", { modelId: "anthropic.claude-opus-5-5", commitment: "oneMonth" as const }],
  ["a commitment that no list prices", { modelId: "cohere.command-text-v14", commitment: "none" as const }],
  [
    "a region that no list prices",
    { modelId: "anthropic.claude-v2:1", commitment: "oneMonth" as const, region: "sa-east-1" },
  ],
  [
    "a price that differs by region, without one",
    { modelId: "anthropic.claude-v2:1", commitment: "oneMonth" as const },
  ],
  [
    "a day before the price is known",
    { modelId: "cohere.command-text-v14", commitment: "oneMonth" as const, atMs: Date.UTC(2026, 6, 31) },
  ],
])("provisioned throughput of %s has no price", (_, asked) => {
  expect(book.provisionedHourPrice(asked)).toBeUndefined();
});

test.each([
  ["half a unit", 0.5, 0, 7_200_000],
  ["units deleted before they are in service", 1, 1, 0],
])("%s cannot be priced", (_, units, startMs, endMs) => {
  expect(() => priceProvisionedHours({ nanoUsdPerUnitHour: 1n }, units, startMs, endMs)).toThrow(RangeError);
});
