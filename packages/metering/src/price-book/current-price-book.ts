/** The edition of the price book in use. */
import type { PriceEntry } from "./model-price.ts";
import { PriceBook } from "./price-book.ts";
import { amazonPrices } from "./prices/amazon.ts";
import { anthropicPrices } from "./prices/anthropic.ts";
import { coherePrices } from "./prices/cohere.ts";
import { deepseekPrices } from "./prices/deepseek.ts";
import { metaPrices } from "./prices/meta.ts";
import { mistralPrices } from "./prices/mistral.ts";
import { openaiPrices } from "./prices/openai.ts";
import { provisionedPrices } from "./prices/provisioned.ts";
import { qwenPrices } from "./prices/qwen.ts";
import { stabilityPrices } from "./prices/stability.ts";

/** The day the prices were gathered. Change it with every change to a price: receipts name it. */
const version = "2026-11-22";

/** Every line of the current edition, provisioned throughput aside. */
export const currentPrices: readonly PriceEntry[] = [
  ...anthropicPrices,
  ...amazonPrices,
  ...metaPrices,
  ...mistralPrices,
  ...openaiPrices,
  ...deepseekPrices,
  ...qwenPrices,
  ...coherePrices,
  ...stabilityPrices,
];

/** Builds the current edition; cheap enough to do once at a process's start. */
export function currentPriceBook(): PriceBook {
  return new PriceBook(version, currentPrices, provisionedPrices);
}
