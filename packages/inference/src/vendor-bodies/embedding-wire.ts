/** How each embedding model is asked for the vectors of texts, and where its answer has them. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import type { JsonObject } from "../bedrock-runtime.ts";
import { membersOf } from "./vendor-body.ts";

/** Whether a text is to be found, or asks: some models embed the two in ways that fit each other. */
export type EmbeddingPurpose = "document" | "query";

export interface EmbeddingWire {
  /** How many texts one call takes. */
  readonly textsPerCall: number;
  /** The lengths of vectors that can be asked for; the model's own first. */
  readonly dimensions: readonly number[];
  request(
    texts: readonly string[],
    how: { readonly dimensions: number | undefined; readonly purpose: EmbeddingPurpose },
  ): JsonObject;
  /** The vectors in the order of the texts; undefined for an answer of another shape. */
  vectors(answer: unknown): readonly (readonly number[])[] | undefined;
}

/** AWS: "Amazon Titan Embeddings Text", V2. */
const titanText: EmbeddingWire = {
  textsPerCall: 1,
  dimensions: [1_024, 512, 256],
  request: ([inputText = ""], { dimensions }) => ({ inputText, ...(dimensions && { dimensions }) }),
  vectors: (answer) => vectorsOf([membersOf(answer).embedding]),
};

/** AWS: "Amazon Titan Multimodal Embeddings G1". */
const titanMultimodal: EmbeddingWire = {
  textsPerCall: 1,
  dimensions: [1_024, 384, 256],
  request: ([inputText = ""], { dimensions }) => ({
    inputText,
    ...(dimensions && { embeddingConfig: { outputEmbeddingLength: dimensions } }),
  }),
  vectors: (answer) => vectorsOf([membersOf(answer).embedding]),
};

/** AWS: "Cohere Embed v4". A text that is too long is refused and not cut, as on OpenAI's wire. */
const cohere: EmbeddingWire = {
  textsPerCall: 96,
  dimensions: [1_536, 1_024, 512, 256],
  request: (texts, { dimensions, purpose }) => ({
    texts,
    input_type: purpose === "query" ? "search_query" : "search_document",
    embedding_types: ["float"],
    truncate: "NONE",
    ...(dimensions && { output_dimension: dimensions }),
  }),
  vectors: (answer) => vectorsOf(membersOf(membersOf(answer).embeddings).float),
};

/** AWS: "Complete embeddings request and response schema" of Nova; its purposes for text are an index and its search. */
const nova: EmbeddingWire = {
  textsPerCall: 1,
  dimensions: [3_072, 1_024, 384, 256],
  request: ([value = ""], { dimensions = 3_072, purpose }) => ({
    schemaVersion: "nova-multimodal-embed-v1",
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: {
      embeddingPurpose: purpose === "query" ? "TEXT_RETRIEVAL" : "GENERIC_INDEX",
      embeddingDimension: dimensions,
      text: { truncationMode: "NONE", value },
    },
  }),
  vectors(answer) {
    const { embeddings } = membersOf(answer);
    return Array.isArray(embeddings)
      ? vectorsOf(embeddings.map((element) => membersOf(element).embedding))
      : undefined;
  },
};

const wires: Readonly<Record<string, EmbeddingWire>> = {
  "amazon.titan-embed-text-v2:0": titanText,
  "amazon.titan-embed-image-v1": titanMultimodal,
  "amazon.nova-2-multimodal-embeddings-v1:0": nova,
  "cohere.embed-v4:0": cohere,
};

/** Refuses with `model_not_found` what is no embedding model. */
export function embeddingWireOf({ id, modality }: Model): EmbeddingWire | Refusal {
  const wire = wires[id];
  return wire && modality === "embedding"
    ? wire
    : refusal({
        code: "model_not_found",
        message: `"${id}" is no embedding model. Use an id whose modality is "embedding" in GET /v1/models.`,
        param: "model",
      });
}

function vectorsOf(value: unknown): readonly (readonly number[])[] | undefined {
  return Array.isArray(value) && value.every(isVector) ? value : undefined;
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "number");
}
