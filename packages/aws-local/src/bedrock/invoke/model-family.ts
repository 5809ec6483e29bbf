/** Which bodies a model speaks, by its id. */
import { AwsError } from "../../aws-error.ts";
import { anthropicDialect } from "./anthropic.ts";
import { chatCompletionsDialect } from "./chat-completions.ts";
import type { ChatDialect } from "./chat-dialect.ts";
import { cohereMaker, novaEmbedMaker, titanMaker } from "./embeddings.ts";
import { llamaDialect } from "./llama.ts";
import type { Maker } from "./made.ts";
import { novaDialect } from "./nova.ts";
import { stabilityMaker } from "./stability.ts";

export type ModelFamily =
  | { readonly kind: "chat"; readonly dialect: ChatDialect }
  | { readonly kind: "maker"; readonly maker: Maker };

const chat = (dialect: ChatDialect): ModelFamily => ({ kind: "chat", dialect });
const making = (maker: Maker): ModelFamily => ({ kind: "maker", maker });

/** By what the id holds, whatever profile or ARN stands before it; the longer name first. */
const families: readonly (readonly [name: string, family: ModelFamily])[] = [
  ["amazon.nova-2-multimodal-embeddings", making(novaEmbedMaker)],
  ["amazon.titan-embed", making(titanMaker)],
  ["amazon.nova", chat(novaDialect)],
  ["anthropic.", chat(anthropicDialect)],
  ["cohere.embed", making(cohereMaker)],
  ["meta.llama", chat(llamaDialect)],
  ["mistral.", chat(chatCompletionsDialect)],
  ["openai.", chat(chatCompletionsDialect)],
  ["deepseek.", chat(chatCompletionsDialect)],
  ["qwen.", chat(chatCompletionsDialect)],
  ["stability.", making(stabilityMaker)],
];

export function familyOf(modelId: string): ModelFamily {
  const found = families.find(([name]) => modelId.includes(name));
  if (!found) {
    throw new AwsError("ValidationException", "aws-local knows no bodies of this model for InvokeModel.");
  }
  return found[1];
}
