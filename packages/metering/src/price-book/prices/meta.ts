/** Llama's prices on Bedrock. */
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";
import { awsBatchList, liteLlmAugust } from "./sources.ts";

const listedBatch = { batch: `${liteLlmAugust}, which names the half price` };
const halfBatch = { batch: awsBatchList };

export const metaPrices: readonly PriceEntry[] = [
  plainPrice(
    "meta.llama4-maverick-17b-instruct-v1:0",
    ["us"],
    { input: "0.24", output: "0.97" },
    liteLlmAugust,
    listedBatch,
  ),
  plainPrice(
    "meta.llama4-scout-17b-instruct-v1:0",
    ["us"],
    { input: "0.17", output: "0.66" },
    liteLlmAugust,
    listedBatch,
  ),
  plainPrice(
    "meta.llama3-3-70b-instruct-v1:0",
    ["region", "us"],
    { input: "0.72", output: "0.72" },
    liteLlmAugust,
    halfBatch,
  ),
  plainPrice(
    "meta.llama3-1-8b-instruct-v1:0",
    ["region", "us"],
    { input: "0.22", output: "0.22" },
    liteLlmAugust,
    halfBatch,
  ),
];
