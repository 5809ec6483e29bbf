/** The body that each model of the catalog takes through InvokeModel. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import { anthropicBody } from "./anthropic.ts";
import { chatCompletionsBody } from "./chat-completions.ts";
import { cohereEmbedBody, novaEmbedBody, titanEmbedBody } from "./embeddings.ts";
import { llamaBody } from "./llama.ts";
import { novaBody } from "./nova.ts";
import { stabilityBody } from "./stability.ts";
import type { VendorBody } from "./vendor-body.ts";

export { type EmbeddingPurpose, type EmbeddingWire, embeddingWireOf } from "./embedding-wire.ts";
export type { BodyBounds, Media, VendorBody } from "./vendor-body.ts";

/** By the beginning of the model's id, the longer one first. */
const bodies: readonly (readonly [prefix: string, body: VendorBody])[] = [
  ["amazon.nova-2-multimodal-embeddings", novaEmbedBody],
  ["amazon.titan-embed", titanEmbedBody],
  ["amazon.nova", novaBody],
  ["anthropic.", anthropicBody],
  ["cohere.embed", cohereEmbedBody],
  ["meta.llama", llamaBody],
  ["mistral.", chatCompletionsBody],
  ["openai.", chatCompletionsBody],
  ["deepseek.", chatCompletionsBody],
  ["qwen.", chatCompletionsBody],
  ["stability.", stabilityBody],
];

/** Refuses with `unsupported_by_model` a model whose bodies Caprock cannot bound. */
export function vendorBodyOf({ id }: Model): VendorBody | Refusal {
  const found = bodies.find(([prefix]) => id.startsWith(prefix));
  return found
    ? found[1]
    : refusal({
        code: "unsupported_by_model",
        message: `"${id}" is not served through InvokeModel here: what such a call bills cannot be bounded.`,
        param: "model",
      });
}
