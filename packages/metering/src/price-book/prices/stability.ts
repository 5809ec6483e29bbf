/** Stability's prices on Bedrock, by the image. */
import { parseUsd } from "@caprock/domain";
import type { PriceEntry } from "../model-price.ts";
import { liteLlmAugust, liteLlmAugustDate } from "./sources.ts";

function perImage(modelId: string, usd: string): PriceEntry {
  return {
    modelId,
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source: `${liteLlmAugust}; Portkey's Bedrock price list, 2026-08-21, agrees`,
    unitRates: { image: parseUsd(usd) },
  };
}

export const stabilityPrices: readonly PriceEntry[] = [
  perImage("stability.stable-image-ultra-v1:1", "0.14"),
  perImage("stability.stable-image-core-v1:1", "0.04"),
  perImage("stability.sd3-5-large-v1:0", "0.08"),
];
