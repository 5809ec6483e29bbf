/** Prices of OpenAI's open-weight models, the ones that are priced at every tier. */
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";
import { portkeyBatch } from "./sources.ts";

const portkeyTiers = "AWS's announcement of the tiers, 2025-11-18; Portkey's Bedrock price list, 2026-08-21";

export const openaiPrices: readonly PriceEntry[] = [
  plainPrice("openai.gpt-oss-120b-1:0", ["region"], { input: "0.15", output: "0.6" }),
  plainPrice("openai.gpt-oss-20b-1:0", ["region"], { input: "0.07", output: "0.3" }),
].map((entry) => ({
  ...entry,
  otherTiers: { priority: portkeyTiers, flex: portkeyTiers, batch: portkeyBatch },
}));
