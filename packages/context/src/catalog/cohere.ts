/**
 * Cohere's models on Bedrock, as of 2026-11-22. Source: the LiteLLM model file (copy of 2026-08-01). Command R and
 * R+ have reached the end of their life. Embed v4 reads images too, but no price for them is known, so it is
 * listed as reading text.
 */
import type { Model } from "@caprock/domain";
import { textOnly } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const cohere = {
  vendor: "cohere",
  profiles: [],
  callableBare: true,
  maxOutputTokens: 0,
  supports: textOnly,
  tokenizerFactor: tokenizerFactors.unknown,
} as const;

export const cohereModels: readonly Model[] = [
  {
    ...cohere,
    id: "cohere.embed-v4:0",
    name: "Cohere Embed v4",
    modality: "embedding",
    contextWindowTokens: 128_000,
  },
  {
    ...cohere,
    id: "cohere.rerank-v3-5:0",
    name: "Cohere Rerank 3.5",
    modality: "rerank",
    contextWindowTokens: 32_000,
  },
];
