/** Costs worked out by hand. Rates are USD per million tokens, so tokens x rate is in millionths of a USD. */
import { noTokens, type TokenUsage } from "@caprock/domain";
import { expect, test } from "vitest";
import { currentPriceBook } from "./current-price-book.ts";
import type { ModelPrice, PriceQuery, UnitCounts } from "./model-price.ts";
import { priceUsage } from "./price-usage.ts";

const book = currentPriceBook();

function priceOf(query: Partial<PriceQuery> & { modelId: string }): ModelPrice {
  const price = book.find({ scope: "region", serviceTier: "default", ...query });
  if (!price) {
    throw new Error(`${query.modelId} has no price`);
  }
  return price;
}

function cost(price: ModelPrice, usage: Partial<TokenUsage>, units?: UnitCounts): bigint {
  const priced = priceUsage(price, { ...noTokens, ...usage }, units);
  expect(priced.assumed).toEqual([]);
  return priced.costNanoUsd;
}

// Anthropic's model overview, October 2026: 0.10 / 0.50, reads 0.01, writes 0.125 and 0.20; times five above 100K.
const haiku = { modelId: "anthropic.claude-haiku-5-5", scope: "global", profile: "global" } as const;
const haikuAtThreshold = { cacheRead: 30_000, cacheWrite5m: 8_000, cacheWrite1h: 2_000, output: 1_000 };

test("Haiku 5.5 with a prompt of exactly 100,000 tokens is billed at the low rates", () => {
  // 60,000 x 0.10 + 30,000 x 0.01 + 8,000 x 0.125 + 2,000 x 0.20 + 1,000 x 0.50
  // = 6,000 + 300 + 1,000 + 400 + 500 = 8,200 millionths
  expect(cost(priceOf(haiku), { input: 60_000, ...haikuAtThreshold })).toBe(8_200_000n);
});

test("Haiku 5.5 with one prompt token more is billed at the high rates for the whole request", () => {
  // 60,001 x 0.50 + 30,000 x 0.05 + 8,000 x 0.625 + 2,000 x 1.00 + 1,000 x 2.50
  // = 30,000.5 + 1,500 + 5,000 + 2,000 + 2,500 = 41,000.5 millionths
  const usage = { ...noTokens, input: 60_001, ...haikuAtThreshold };
  const priced = priceUsage(priceOf(haiku), usage);
  expect(priced.costNanoUsd).toBe(41_000_500n);
  expect(priced.longContext).toBe(true);
});

test("Haiku 5.5 in a geography costs ten percent more, in both bands", () => {
  const price = priceOf({ ...haiku, scope: "geo", profile: "jp" });
  // 1,000 x 0.11 + 1,000 x 0.55 = 660 millionths
  expect(cost(price, { input: 1_000, output: 1_000 })).toBe(660_000n);
  // 200,000 x 0.55 + 1,000 x 2.75 = 110,000 + 2,750 = 112,750 millionths
  expect(cost(price, { input: 200_000, output: 1_000 })).toBe(112_750_000n);
});

test("Opus 5.5 in a geography, all five classes", () => {
  // Global 4 / 20, reads 0.20, writes 5 and 8 (published tables, October 2026); us. ten percent more.
  // 1,234 x 4.40 + 50,000 x 0.22 + 2,000 x 5.50 + 1,000 x 8.80 + 777 x 22
  // = 5,429.6 + 11,000 + 11,000 + 8,800 + 17,094 = 53,323.6 millionths
  const price = priceOf({ modelId: "anthropic.claude-opus-5-5", scope: "geo", profile: "us" });
  const usage = { input: 1_234, cacheRead: 50_000, cacheWrite5m: 2_000, cacheWrite1h: 1_000, output: 777 };
  expect(cost(price, usage)).toBe(53_323_600n);
});

test("Nova Pro in Europe", () => {
  // LiteLLM, 2026-08-01: 1.05 / 4.20. 1,000 x 1.05 + 333 x 4.20 = 1,050 + 1,398.6 = 2,448.6 millionths
  const price = priceOf({ modelId: "amazon.nova-pro-v1:0", scope: "geo", profile: "eu" });
  expect(cost(price, { input: 1_000, output: 333 })).toBe(2_448_600n);
});

test("Nova Micro: fractions of a nano-USD are summed first and rounded up once", () => {
  // LiteLLM and models.dev: 0.035 / 0.14, reads 0.00875, which is 8.75 nano-USD a token.
  const price = priceOf({ modelId: "amazon.nova-micro-v1:0" });
  // 35 + 3 x 8.75 + 140 = 201.25
  expect(cost(price, { input: 1, cacheRead: 3, output: 1 })).toBe(202n);
  // 8.75, 17.5 and 35: rounding token by token would give 9, 18 and 36
  expect(cost(price, { cacheRead: 1 })).toBe(9n);
  expect(cost(price, { cacheRead: 2 })).toBe(18n);
  expect(cost(price, { cacheRead: 4 })).toBe(35n);
});

test("gpt-oss 120B at flex costs half, at priority seven quarters", () => {
  // LiteLLM, 2026-08-01: 0.15 / 0.60; factors: Portkey, 2026-08-21.
  // flex: 12,345 x 0.075 + 678 x 0.30 = 925.875 + 203.4 = 1,129.275 millionths
  const model = { modelId: "openai.gpt-oss-120b-1:0" };
  expect(cost(priceOf({ ...model, serviceTier: "flex" }), { input: 12_345, output: 678 })).toBe(1_129_275n);
  // priority: 1,000 x 0.2625 + 100 x 1.05 = 262.5 + 105 = 367.5 millionths
  expect(cost(priceOf({ ...model, serviceTier: "priority" }), { input: 1_000, output: 100 })).toBe(367_500n);
});

test("DeepSeek V3.2 in Europe", () => {
  // LiteLLM, 2026-08-01: 0.74 / 2.22. 10,001 x 0.74 + 99 x 2.22 = 7,400.74 + 219.78 = 7,620.52 millionths
  const price = priceOf({ modelId: "deepseek.v3.2", scope: "geo", profile: "eu" });
  expect(cost(price, { input: 10_001, output: 99 })).toBe(7_620_520n);
});

test("Titan embeddings: text by the token, images by the piece", () => {
  // LiteLLM, 2026-08-01: V2 0.02. 8,192 x 0.02 = 163.84 millionths
  expect(cost(priceOf({ modelId: "amazon.titan-embed-text-v2:0" }), { input: 8_192 })).toBe(163_840n);
  // Multimodal 0.80 and 0.00006 an image. 100 x 0.80 = 80 millionths, 2 images 120 millionths
  const price = priceOf({ modelId: "amazon.titan-embed-image-v1" });
  expect(cost(price, { input: 100 }, { inputImage: 2 })).toBe(200_000n);
});

test("a Stability image costs its price, whatever the prompt", () => {
  // LiteLLM and Portkey, August 2026: 0.14 an image; 3 x 0.14 = 0.42 USD
  const price = priceOf({ modelId: "stability.stable-image-ultra-v1:1" });
  expect(cost(price, { input: 900 }, { image: 3 })).toBe(420_000_000n);
});

test("a rerank costs its price by the query", () => {
  // LiteLLM, 2026-08-01: 0.002 a query; 5 x 0.002 = 0.01 USD
  expect(cost(priceOf({ modelId: "cohere.rerank-v3-5:0" }), {}, { query: 5 })).toBe(10_000_000n);
});
