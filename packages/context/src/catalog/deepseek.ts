/**
 * DeepSeek's models on Bedrock, as of 2026-11-22. Limits: the LiteLLM model file (copy of 2026-08-01); the output
 * limit of V3.2 is the smaller one that models.dev (October 2026) states.
 */
import type { Model } from "@caprock/domain";
import { textChat } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const deepseek = {
  vendor: "deepseek",
  modality: "chat",
  tokenizerFactor: tokenizerFactors.unknown,
} as const;

export const deepseekModels: readonly Model[] = [
  {
    ...deepseek,
    id: "deepseek.v3.2",
    name: "DeepSeek V3.2",
    profiles: ["us", "eu"],
    callableBare: true,
    contextWindowTokens: 163_840,
    maxOutputTokens: 81_920,
    supports: textChat,
  },
  {
    ...deepseek,
    id: "deepseek.r1-v1:0",
    name: "DeepSeek R1",
    profiles: ["us"],
    callableBare: false,
    contextWindowTokens: 128_000,
    maxOutputTokens: 4_096,
    supports: { ...textChat, tools: false, toolsWhileStreaming: false },
  },
];
