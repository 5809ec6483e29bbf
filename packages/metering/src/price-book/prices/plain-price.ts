/** The entry of a model with one input and one output rate and no cache. */
import type { PriceEntry } from "../model-price.ts";
import { usdPerMillion } from "../rates.ts";
import { liteLlmAugust, liteLlmAugustDate } from "./sources.ts";

/** USD per million tokens, as the LiteLLM file of 2026-08-01 lists them unless `source` says otherwise. */
export function plainPrice(
  modelId: string,
  routes: readonly string[],
  usd: { readonly input: string; readonly output: string },
  source: string = liteLlmAugust,
  otherTiers: PriceEntry["otherTiers"] = {},
): PriceEntry {
  return {
    modelId,
    routes,
    effectiveFrom: liteLlmAugustDate,
    source,
    tokenRates: usdPerMillion(usd),
    otherTiers,
  };
}
