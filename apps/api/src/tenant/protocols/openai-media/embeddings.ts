/** OpenAI's embeddings wire: its request as texts to embed, and vectors as its answer. */
import { type Refusal, refusal } from "@caprock/domain";
import type { EmbeddingAnswer } from "@caprock/turn";
import { z } from "zod";
import { parseRequest } from "./parse-request.ts";

/** As many as OpenAI takes in one request. */
const mostTexts = 2_048;

const text = z.string().min(1);

const embeddingsRequest = z.object({
  model: z.string().min(1),
  input: z.union([text, z.array(text).min(1).max(mostTexts)], {
    error: `a text that is not empty, or up to ${mostTexts} of them`,
  }),
  dimensions: z.int({ error: "a whole number, at least 1" }).min(1).optional(),
  encoding_format: z.enum(["float", "base64"]).optional(),
  /** Ignored, as it changes no answer. */
  user: z.string().optional(),
});

export interface EmbeddingsRequest {
  readonly model: string;
  readonly texts: readonly string[];
  readonly dimensions: number | undefined;
  readonly encoding: "float" | "base64";
}

/** Refuses with `unsupported_parameter` and `invalid_request`. */
export function parseEmbeddings(body: unknown): { readonly request: EmbeddingsRequest } | Refusal {
  if (holdsTokens(Object(body).input)) {
    return refusal({
      code: "unsupported_parameter",
      message: "`input` holds tokens, which mean nothing to the models served here. Send texts.",
      param: "input",
    });
  }
  const parsed = parseRequest(embeddingsRequest, body);
  if ("refused" in parsed) {
    return parsed;
  }
  const { model, input, dimensions, encoding_format = "float" } = parsed.request;
  const texts = typeof input === "string" ? [input] : input;
  return { request: { model, texts, dimensions, encoding: encoding_format } };
}

/** An array of numbers, or of arrays of them, is OpenAI's form for text that is cut into tokens already. */
function holdsTokens(input: unknown): boolean {
  const [first] = Array.isArray(input) ? input : [];
  return typeof first === "number" || Array.isArray(first);
}

/** The body of the answer. */
export function toEmbeddings(
  { vectors, promptTokens }: EmbeddingAnswer,
  { model, encoding }: Pick<EmbeddingsRequest, "model" | "encoding">,
) {
  return {
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: encoding === "float" ? vector : toBase64(vector),
    })),
    model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}

/** OpenAI's form: floats of 4 bytes, the lowest byte first. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => void bytes.writeFloatLE(value, index * 4));
  return bytes.toString("base64");
}
