/**
 * Amazon's models on Bedrock, as of 2026-11-22: Nova and the Titan and Nova embeddings.
 * Forced tools: Nova's user guide, "tool-choice". How Nova 2 thinks: its user guide, "extended-thinking".
 * Prompt cache of the first generation: Bedrock's user guide, "prompt-caching", in a gateway vendor's copy of its table of
 * 2025 (1,000 tokens, 4 points, not in tools). No source at hand states the least prefix of Nova 2. All cache by themselves too.
 * Source of ids, profiles and limits: the LiteLLM model file (copy of 2026-08-01). Nova Premier, Nova Canvas and
 * the Titan image generators have reached the end of their life and are left out.
 */
import type { Model } from "@caprock/domain";
import { textAndImages, textChat, textOnly, visionChat } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const shared = { vendor: "amazon", tokenizerFactor: tokenizerFactors.unknown } as const;
const nova1 = {
  ...shared,
  modality: "chat",
  profiles: ["us", "eu", "apac"],
  callableBare: true,
  maxOutputTokens: 10_000,
  promptCache: { minimumTokens: 1_000, checkpoints: 4, tools: false },
} as const;
const embedding = {
  ...shared,
  modality: "embedding",
  profiles: [],
  callableBare: true,
  maxOutputTokens: 0,
} as const;

export const amazonModels: readonly Model[] = [
  // The bare id is left out: sources list it at the price of global., and AWS's own samples use profiles only.
  // Japan's profile is jp.; one copy of the LiteLLM file calls it apac., the original does not.
  {
    ...shared,
    id: "amazon.nova-2-lite-v1:0",
    name: "Nova 2 Lite",
    modality: "chat",
    profiles: ["global", "us", "eu", "jp"],
    callableBare: false,
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 64_000,
    reasoningControl: "reasoning-config",
    supports: { ...visionChat, forcedTools: true },
  },
  {
    ...nova1,
    id: "amazon.nova-pro-v1:0",
    name: "Nova Pro",
    contextWindowTokens: 300_000,
    supports: { ...visionChat, forcedTools: true },
  },
  {
    ...nova1,
    id: "amazon.nova-lite-v1:0",
    name: "Nova Lite",
    contextWindowTokens: 300_000,
    supports: { ...visionChat, forcedTools: true },
  },
  {
    ...nova1,
    id: "amazon.nova-micro-v1:0",
    name: "Nova Micro",
    contextWindowTokens: 128_000,
    supports: { ...textChat, forcedTools: true },
  },
  {
    ...embedding,
    id: "amazon.nova-2-multimodal-embeddings-v1:0",
    name: "Nova 2 Multimodal Embeddings",
    contextWindowTokens: 8_172,
    supports: textAndImages,
  },
  {
    ...embedding,
    id: "amazon.titan-embed-text-v2:0",
    name: "Titan Text Embeddings V2",
    contextWindowTokens: 8_192,
    supports: textOnly,
  },
  {
    ...embedding,
    id: "amazon.titan-embed-image-v1",
    name: "Titan Multimodal Embeddings G1",
    contextWindowTokens: 128,
    supports: textAndImages,
  },
  {
    // No model: what ApplyGuardrail is billed as. Its texts are bounded by the service's quotas, not by a window.
    ...embedding,
    id: "amazon.bedrock-guardrails",
    name: "Bedrock Guardrails",
    modality: "guardrail",
    contextWindowTokens: 0,
    supports: textAndImages,
  },
];
