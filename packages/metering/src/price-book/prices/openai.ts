/** Prices of OpenAI's open-weight models, the ones whose priority and flex tiers are priced. */
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";

export const openaiPrices: readonly PriceEntry[] = [
  plainPrice("openai.gpt-oss-120b-1:0", ["region"], { input: "0.15", output: "0.6" }),
  plainPrice("openai.gpt-oss-20b-1:0", ["region"], { input: "0.07", output: "0.3" }),
].map((entry) => ({
  ...entry,
  // AWS's announcement of the tiers (2025-11-18) names both models.
  otherTiers: ["priority", "flex"],
}));
