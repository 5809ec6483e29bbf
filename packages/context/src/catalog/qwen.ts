/**
 * Qwen3 on Bedrock, as of 2026-11-22. Limits: the LiteLLM model file (copy of 2026-08-01); where models.dev
 * (October 2026) states a smaller window or output limit, the smaller.
 */
import type { Model } from "@caprock/domain";
import { textChat, visionChat } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const qwen = {
  vendor: "qwen",
  modality: "chat",
  profiles: [],
  callableBare: true,
  supports: textChat,
  tokenizerFactor: tokenizerFactors.unknown,
} as const;

export const qwenModels: readonly Model[] = [
  {
    ...qwen,
    id: "qwen.qwen3-235b-a22b-2507-v1:0",
    name: "Qwen3 235B",
    contextWindowTokens: 262_144,
    maxOutputTokens: 131_072,
  },
  {
    ...qwen,
    id: "qwen.qwen3-32b-v1:0",
    name: "Qwen3 32B",
    contextWindowTokens: 32_768,
    maxOutputTokens: 16_384,
  },
  {
    ...qwen,
    id: "qwen.qwen3-coder-480b-a35b-v1:0",
    name: "Qwen3 Coder 480B",
    contextWindowTokens: 131_072,
    maxOutputTokens: 65_536,
  },
  {
    ...qwen,
    id: "qwen.qwen3-coder-30b-a3b-v1:0",
    name: "Qwen3 Coder 30B",
    contextWindowTokens: 262_144,
    maxOutputTokens: 131_072,
  },
  {
    ...qwen,
    id: "qwen.qwen3-coder-next",
    name: "Qwen3 Coder Next",
    contextWindowTokens: 262_144,
    maxOutputTokens: 8_192,
  },
  {
    ...qwen,
    id: "qwen.qwen3-next-80b-a3b",
    name: "Qwen3 Next 80B",
    contextWindowTokens: 128_000,
    maxOutputTokens: 8_192,
  },
  {
    ...qwen,
    id: "qwen.qwen3-vl-235b-a22b",
    name: "Qwen3 VL 235B",
    contextWindowTokens: 128_000,
    maxOutputTokens: 8_192,
    supports: visionChat,
  },
];
