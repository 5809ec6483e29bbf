/** Qwen's prices on Bedrock. */
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";
import { liteLlmAugust, modelsDevOctober, portkeyBatch } from "./sources.ts";

const batch = { batch: portkeyBatch };

export const qwenPrices: readonly PriceEntry[] = [
  plainPrice(
    "qwen.qwen3-235b-a22b-2507-v1:0",
    ["region"],
    { input: "0.22", output: "0.88" },
    liteLlmAugust,
    batch,
  ),
  plainPrice("qwen.qwen3-32b-v1:0", ["region"], { input: "0.15", output: "0.6" }, liteLlmAugust, batch),
  // LiteLLM lists the input at 0.22; models.dev and Portkey at 0.45: the dearer holds.
  plainPrice(
    "qwen.qwen3-coder-480b-a35b-v1:0",
    ["region"],
    { input: "0.45", output: "1.8" },
    modelsDevOctober,
    batch,
  ),
  plainPrice(
    "qwen.qwen3-coder-30b-a3b-v1:0",
    ["region"],
    { input: "0.15", output: "0.6" },
    liteLlmAugust,
    batch,
  ),
  plainPrice("qwen.qwen3-coder-next", ["region"], { input: "0.5", output: "1.2" }),
  plainPrice("qwen.qwen3-next-80b-a3b", ["region"], { input: "0.15", output: "1.2" }),
  plainPrice("qwen.qwen3-vl-235b-a22b", ["region"], { input: "0.53", output: "2.66" }),
];
