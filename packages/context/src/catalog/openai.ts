/**
 * OpenAI's open-weight models on Bedrock, as of 2026-11-22. Window and output limit: AWS model cards (128K, 16K).
 * Structured output: a caller's published run of gpt-oss 20B over Converse, October 2026; the 120B is its twin.
 * GPT-5.6 and later are left out: sources disagree on their price, and none says that Converse serves them.
 */
import type { Model } from "@caprock/domain";
import { textChat } from "./capabilities.ts";
import { tokenizerFactors } from "./tokenizer-factors.ts";

const gptOss = {
  vendor: "openai",
  modality: "chat",
  profiles: [],
  callableBare: true,
  contextWindowTokens: 128_000,
  maxOutputTokens: 16_384,
  supports: { ...textChat, structuredOutput: true },
  reasoningControl: "reasoning-effort",
  tokenizerFactor: tokenizerFactors.o200k,
} as const;

export const openaiModels: readonly Model[] = [
  { ...gptOss, id: "openai.gpt-oss-120b-1:0", name: "gpt-oss 120B" },
  { ...gptOss, id: "openai.gpt-oss-20b-1:0", name: "gpt-oss 20B" },
];
