/**
 * Llama on Bedrock, as of 2026-11-22. Source: the LiteLLM model file (copy of 2026-08-01). Llama 3.2 has reached
 * the end of its life. Llama 4 calls tools, but not while it streams; the older ones are held to the same.
 */
import type { Model } from "@caprock/domain";
import { textChat, visionChat } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const llama = {
  vendor: "meta",
  modality: "chat",
  profiles: ["us"],
  contextWindowTokens: 128_000,
  tokenizerFactor: tokenizerFactors.unknown,
} as const;
const readsImages = { ...visionChat, toolsWhileStreaming: false };
const readsText = { ...textChat, toolsWhileStreaming: false };

export const metaModels: readonly Model[] = [
  {
    ...llama,
    id: "meta.llama4-maverick-17b-instruct-v1:0",
    name: "Llama 4 Maverick 17B",
    callableBare: false,
    maxOutputTokens: 4_096,
    supports: readsImages,
  },
  {
    ...llama,
    id: "meta.llama4-scout-17b-instruct-v1:0",
    name: "Llama 4 Scout 17B",
    callableBare: false,
    maxOutputTokens: 4_096,
    supports: readsImages,
  },
  {
    ...llama,
    id: "meta.llama3-3-70b-instruct-v1:0",
    name: "Llama 3.3 70B",
    callableBare: true,
    maxOutputTokens: 4_096,
    supports: readsText,
  },
  {
    ...llama,
    id: "meta.llama3-1-8b-instruct-v1:0",
    name: "Llama 3.1 8B",
    callableBare: true,
    maxOutputTokens: 2_048,
    supports: readsText,
  },
];
