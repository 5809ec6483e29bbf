/** Cohere's prices on Bedrock. */
import { parseUsd } from "@caprock/domain";
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";
import { liteLlmAugust, liteLlmAugustDate } from "./sources.ts";

export const coherePrices: readonly PriceEntry[] = [
  plainPrice("cohere.embed-v4:0", ["region"], { input: "0.12", output: "0" }),
  {
    modelId: "cohere.rerank-v3-5:0",
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source: liteLlmAugust,
    unitRates: { query: parseUsd("0.002") },
  },
];
