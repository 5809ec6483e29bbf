/**
 * Stability's image models on Bedrock (us-west-2 only), as of 2026-11-22: the three that draw from a prompt.
 * Ids: the LiteLLM model file (copy of 2026-08-01). AWS bounds a prompt at 10,000 characters, so no prompt has
 * more tokens than that.
 */
import type { Model } from "@caprock/domain";
import { textOnly } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const stability = {
  vendor: "stability",
  modality: "image",
  profiles: [],
  callableBare: true,
  contextWindowTokens: 10_000,
  maxOutputTokens: 0,
  supports: textOnly,
  tokenizerFactor: tokenizerFactors.unknown,
} as const;

export const stabilityModels: readonly Model[] = [
  { ...stability, id: "stability.stable-image-ultra-v1:1", name: "Stable Image Ultra 1.1" },
  { ...stability, id: "stability.stable-image-core-v1:1", name: "Stable Image Core 1.1" },
  { ...stability, id: "stability.sd3-5-large-v1:0", name: "Stable Diffusion 3.5 Large" },
];
