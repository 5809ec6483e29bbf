/** Simulated embeddings: unit vectors that depend on the text alone, and mean nothing. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { countTokens } from "../tokenize.ts";
import { parseBody } from "../validate.ts";
import type { Maker } from "./made.ts";

/** The same text gives the same vector, of length 1. */
export function simulatedVector(text: string, dimensions: number): number[] {
  const values: number[] = [];
  for (let block = 0; values.length < dimensions; block += 1) {
    const hash = createHash("sha256").update(`${block}:${text}`).digest();
    for (let at = 0; at < hash.length && values.length < dimensions; at += 2) {
      values.push(hash.readInt16LE(at) / 32_768);
    }
  }
  const length = Math.hypot(...values);
  return values.map((value) => Math.fround(value / length));
}

const titanRequest = z.looseObject({
  inputText: z.string().optional(),
  inputImage: z.string().optional(),
  dimensions: z.union([z.literal(256), z.literal(512), z.literal(1_024)]).default(1_024),
  embeddingConfig: z.looseObject({ outputEmbeddingLength: z.number().int().min(1) }).optional(),
});

export const titanMaker: Maker = {
  make(body) {
    const { inputText = "", inputImage, dimensions, embeddingConfig } = parseBody(titanRequest, body);
    const inputTokens = countTokens(inputText);
    const length = embeddingConfig?.outputEmbeddingLength ?? dimensions;
    return {
      answer: {
        embedding: simulatedVector(inputText + (inputImage ?? ""), length),
        inputTextTokenCount: inputTokens,
      },
      inputTokens,
      units: inputImage === undefined ? {} : { inputImage: 1 },
    };
  },
};

const cohereRequest = z.looseObject({
  texts: z.array(z.string()).min(1).max(96),
  input_type: z.enum(["search_document", "search_query", "classification", "clustering"]),
  output_dimension: z
    .union([z.literal(256), z.literal(512), z.literal(1_024), z.literal(1_536)])
    .default(1_536),
});

export const cohereMaker: Maker = {
  make(body) {
    const { texts, output_dimension } = parseBody(cohereRequest, body);
    return {
      answer: {
        id: "simulated",
        response_type: "embeddings_by_type",
        embeddings: { float: texts.map((text) => simulatedVector(text, output_dimension)) },
        texts,
      },
      inputTokens: texts.reduce((sum, text) => sum + countTokens(text), 0),
      units: {},
    };
  },
};

const novaRequest = z.looseObject({
  taskType: z.literal("SINGLE_EMBEDDING"),
  singleEmbeddingParams: z.looseObject({
    embeddingPurpose: z.string(),
    embeddingDimension: z
      .union([z.literal(256), z.literal(384), z.literal(1_024), z.literal(3_072)])
      .default(3_072),
    text: z.looseObject({ value: z.string() }).optional(),
    image: z.looseObject({ source: z.looseObject({ bytes: z.string() }) }).optional(),
  }),
});

export const novaEmbedMaker: Maker = {
  make(body) {
    const { text, image, embeddingDimension } = parseBody(novaRequest, body).singleEmbeddingParams;
    const content = text?.value ?? image?.source.bytes ?? "";
    return {
      answer: {
        embeddings: [
          {
            embeddingType: image === undefined ? "TEXT" : "IMAGE",
            embedding: simulatedVector(content, embeddingDimension),
          },
        ],
      },
      inputTokens: text === undefined ? 0 : countTokens(text.value),
      units: image === undefined ? {} : { inputImage: 1 },
    };
  },
};
