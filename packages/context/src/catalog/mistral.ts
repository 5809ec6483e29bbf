/**
 * Mistral's models on Bedrock, as of 2026-11-22. Limits: the LiteLLM model file (copy of 2026-08-01); where
 * models.dev (October 2026) states a smaller one, the smaller. Image input: models.dev.
 */
import type { Model } from "@caprock/domain";
import { visionChat } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const mistral = {
  vendor: "mistral",
  modality: "chat",
  profiles: [],
  callableBare: true,
  contextWindowTokens: 128_000,
  supports: visionChat,
  tokenizerFactor: tokenizerFactors.unknown,
} as const;

export const mistralModels: readonly Model[] = [
  {
    ...mistral,
    id: "mistral.mistral-large-3-675b-instruct",
    name: "Mistral Large 3",
    maxOutputTokens: 8_192,
  },
  { ...mistral, id: "mistral.ministral-3-14b-instruct", name: "Ministral 3 14B", maxOutputTokens: 4_096 },
  { ...mistral, id: "mistral.ministral-3-8b-instruct", name: "Ministral 3 8B", maxOutputTokens: 4_096 },
  { ...mistral, id: "mistral.ministral-3-3b-instruct", name: "Ministral 3 3B", maxOutputTokens: 8_192 },
  { ...mistral, id: "mistral.magistral-small-2509", name: "Magistral Small", maxOutputTokens: 8_192 },
];
