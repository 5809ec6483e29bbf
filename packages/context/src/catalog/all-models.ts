/** Every model that Caprock serves, vendor by vendor. */
import type { Model } from "@caprock/domain";
import { amazonModels } from "./amazon.ts";
import { anthropicModels } from "./anthropic.ts";
import { cohereModels } from "./cohere.ts";
import { deepseekModels } from "./deepseek.ts";
import { metaModels } from "./meta.ts";
import { mistralModels } from "./mistral.ts";
import { openaiModels } from "./openai.ts";
import { qwenModels } from "./qwen.ts";
import { stabilityModels } from "./stability.ts";

/** The catalog of 2026-11-22, without models past their end of life. */
export const allModels: readonly Model[] = [
  ...anthropicModels,
  ...amazonModels,
  ...metaModels,
  ...mistralModels,
  ...openaiModels,
  ...deepseekModels,
  ...qwenModels,
  ...cohereModels,
  ...stabilityModels,
];
