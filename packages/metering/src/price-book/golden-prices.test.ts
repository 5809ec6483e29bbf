/** Costs worked out by hand. Rates are USD per million tokens, so tokens x rate is in millionths of a USD. */
import { noTokens, type TokenUsage } from "@caprock/domain";
import { expect, test } from "vitest";
import { charged } from "../receipt.ts";
import { currentPriceBook } from "./current-price-book.ts";
import type { ModelPrice, PriceQuery, UnitCounts } from "./model-price.ts";
import { priceUsage } from "./price-usage.ts";
import { agentCoreMemoryId } from "./prices/amazon.ts";
import { priceProvisionedHours } from "./provisioned-price.ts";

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

test("batch costs half of on-demand: Llama 4 Maverick by its listed batch rates", () => {
  // LiteLLM, 2026-08-01: batch 0.12 / 0.485. 40,000 x 0.12 + 1,234 x 0.485 = 4,800 + 598.49 = 5,398.49 millionths
  const model = { modelId: "meta.llama4-maverick-17b-instruct-v1:0", scope: "geo", profile: "us" } as const;
  expect(cost(priceOf({ ...model, serviceTier: "batch" }), { input: 40_000, output: 1_234 })).toBe(
    5_398_490n,
  );
});

test("batch of Sonnet 4.6: half, and ten percent more in a geography", () => {
  // Portkey, 2026-08-21: 1.5 / 7.5. 1,001 x 1.5 + 77 x 7.5 = 1,501.5 + 577.5 = 2,079 millionths; x 1.1 = 2,286.9
  const model = { modelId: "anthropic.claude-sonnet-4-6", serviceTier: "batch" };
  const usage = { input: 1_001, output: 77 };
  expect(cost(priceOf({ ...model, scope: "global" }), usage)).toBe(2_079_000n);
  expect(cost(priceOf({ ...model, scope: "geo", profile: "eu" }), usage)).toBe(2_286_900n);
});

test("batch above a long-context threshold: half of the long-context rates", () => {
  // Sonnet 4.5 above 200,000: 6 / 22.50. 200,001 x 3 + 10 x 11.25 = 600,003 + 112.5 = 600,115.5 millionths
  const price = priceOf({
    modelId: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    scope: "global",
    serviceTier: "batch",
  });
  expect(cost(price, { input: 200_001, output: 10 })).toBe(600_115_500n);
  // At the threshold itself: 200,000 x 1.50 + 10 x 7.50 = 300,075 millionths
  expect(cost(price, { input: 200_000, output: 10 })).toBe(300_075_000n);
});

test("batch of Titan Text Embeddings V2", () => {
  // 0.02, half of it 0.01. 8,191 x 0.01 = 81.91 millionths
  const price = priceOf({ modelId: "amazon.titan-embed-text-v2:0", serviceTier: "batch" });
  expect(cost(price, { input: 8_191 })).toBe(81_910n);
});

test("long-term memory: by the event and by the retrieval", () => {
  // AWS's agent toolkit: 0.25 for 1,000 events, 0.50 for 1,000 retrievals. 3 x 250,000 + 500,000 nano
  const price = priceOf({ modelId: agentCoreMemoryId });
  expect(cost(price, {}, { memoryEvent: 3, memoryRetrieval: 1 })).toBe(1_250_000n);
});

test("Nova and Cohere embeddings: input only", () => {
  // LiteLLM, 2026-08-01: Nova 2 0.135 and 0.00006 an image. 1,000 x 0.135 = 135 millionths, 3 images 180 millionths
  const nova = priceOf({ modelId: "amazon.nova-2-multimodal-embeddings-v1:0" });
  expect(cost(nova, { input: 1_000 }, { inputImage: 3 })).toBe(315_000n);
  // Cohere Embed v4 0.12. 12,345 x 0.12 = 1,481.4 millionths
  expect(cost(priceOf({ modelId: "cohere.embed-v4:0" }), { input: 12_345 })).toBe(1_481_400n);
});

test("a cache write costs by its lifetime: Opus 5", () => {
  // LiteLLM, 2026-08-01: five minutes 6.25, an hour 10. 3,001 x 6.25 = 18,756.25; 3,001 x 10 = 30,010 millionths
  const price = priceOf({ modelId: "anthropic.claude-opus-5", scope: "global" });
  expect(cost(price, { cacheWrite5m: 3_001 })).toBe(18_756_250n);
  expect(cost(price, { cacheWrite1h: 3_001 })).toBe(30_010_000n);
});

test("a geography costs ten percent more than global: Opus 5", () => {
  // 5 / 25 and 5.50 / 27.50. 999 x 5 + 101 x 25 = 4,995 + 2,525 = 7,520; x 1.1 = 8,272 millionths
  const usage = { input: 999, output: 101 };
  const model = { modelId: "anthropic.claude-opus-5" };
  expect(cost(priceOf({ ...model, scope: "global" }), usage)).toBe(7_520_000n);
  expect(cost(priceOf({ ...model, scope: "geo", profile: "au" }), usage)).toBe(8_272_000n);
});

test("gpt-oss 20B at priority, flex and batch", () => {
  // 0.07 / 0.30: priority 0.1225 / 0.525, flex and batch 0.035 / 0.15.
  // 10,000 x 0.1225 + 1,000 x 0.525 = 1,225 + 525 = 1,750; 10,000 x 0.035 + 1,000 x 0.15 = 350 + 150 = 500
  const model = { modelId: "openai.gpt-oss-20b-1:0" };
  const usage = { input: 10_000, output: 1_000 };
  expect(cost(priceOf({ ...model, serviceTier: "priority" }), usage)).toBe(1_750_000n);
  expect(cost(priceOf({ ...model, serviceTier: "flex" }), usage)).toBe(500_000n);
  expect(cost(priceOf({ ...model, serviceTier: "batch" }), usage)).toBe(500_000n);
});

test("a markup of fifteen percent and a discount of five are taken of the whole list cost", () => {
  // 1,001 x 0.20 (a read of Sonnet 5) = 200.2 millionths = 200,200 nano; x 1.15 = 230,230; x 0.95 = 190,190
  const list = cost(priceOf({ modelId: "anthropic.claude-sonnet-5", scope: "global" }), { cacheRead: 1_001 });
  expect(list).toBe(200_200n);
  expect(charged(list, 1_500)).toBe(230_230n);
  expect(charged(list, -500)).toBe(190_190n);
});

test("a list cost and a charge are each rounded up once, not line by line", () => {
  // Nova Micro: 3 x 8.75 (reads) = 26.25 nano, listed as 27. x 1.15 = 31.05, charged 32. x 0.95 = 25.65, charged 26.
  const list = cost(priceOf({ modelId: "amazon.nova-micro-v1:0" }), { cacheRead: 3 });
  expect(list).toBe(27n);
  expect(charged(list, 1_500)).toBe(32n);
  expect(charged(list, -500)).toBe(26n);
  // Nova Micro at batch: a read is 4.375, an input token 17.5. 21.875 in all is 22; line by line it would be 5 + 18 = 23.
  const batch = priceOf({ modelId: "amazon.nova-micro-v1:0", serviceTier: "batch" });
  expect(cost(batch, { input: 1, cacheRead: 1 })).toBe(22n);
});

test("provisioned throughput costs by the unit and the begun hour", () => {
  const startMs = Date.parse("2026-11-22T10:00:00Z");
  const price = book.provisionedHourPrice({
    modelId: "amazon.titan-text-express-v1",
    commitment: "none",
    atMs: startMs,
  });
  // Second-hand table: 20.50 an hour without commitment. 3 units x 25 hours (a day and 12 minutes) x 20.50 = 1,537.50
  const day = priceProvisionedHours(price!, 3, startMs, startMs + 86_400_000 + 720_000);
  expect(day).toEqual({ unitHours: 75, costNanoUsd: 1_537_500_000_000n });
  // LiteLLM, 2026-08-01: Claude v2 in eu-central-1, one month, 149.40 an hour. 2 units x 720 hours = 215,136
  const frankfurt = book.provisionedHourPrice({
    modelId: "anthropic.claude-v2:1",
    commitment: "oneMonth",
    region: "eu-central-1",
  });
  const month = priceProvisionedHours(frankfurt!, 2, startMs, startMs + 30 * 86_400_000);
  expect(month).toEqual({ unitHours: 1_440, costNanoUsd: 215_136_000_000_000n });
  // Cohere Command Light in any region, six months: 4.11 x 1 unit x 1 hour
  const light = { modelId: "cohere.command-light-text-v14", commitment: "sixMonths" } as const;
  for (const region of [undefined, "eu-west-1"]) {
    const found = book.provisionedHourPrice({ ...light, ...(region && { region }) });
    expect(priceProvisionedHours(found!, 1, startMs, startMs + 1).costNanoUsd).toBe(4_110_000_000n);
  }
  expect(priceProvisionedHours(price!, 1, startMs, startMs)).toEqual({ unitHours: 0, costNanoUsd: 0n });
});
