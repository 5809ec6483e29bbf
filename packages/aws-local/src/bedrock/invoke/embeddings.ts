/** Embedding models: Titan, Cohere and Nova, in their own bodies. */
import { z } from "zod";
import { countTokens } from "../tokenize.ts";
import { parseBody } from "../validate.ts";
import type { Embed, Maker } from "./made.ts";

async function embedAll(embed: Embed, texts: readonly string[], dimensions: number) {
  const { vectors, tokens } = await embed(texts, dimensions);
  return { vectors, tokens: tokens ?? texts.reduce((sum, text) => sum + countTokens(text), 0) };
}

const titanRequest = z.looseObject({
  inputText: z.string().optional(),
  inputImage: z.string().optional(),
  dimensions: z.union([z.literal(256), z.literal(512), z.literal(1_024)]).default(1_024),
  embeddingConfig: z.looseObject({ outputEmbeddingLength: z.number().int().min(1) }).optional(),
});

export const titanMaker: Maker = {
  async make(body, embed) {
    const { inputText = "", inputImage, dimensions, embeddingConfig } = parseBody(titanRequest, body);
    const length = embeddingConfig?.outputEmbeddingLength ?? dimensions;
    const { vectors, tokens } = await embedAll(embed, [inputText + (inputImage ?? "")], length);
    const inputTokens = inputImage === undefined ? tokens : countTokens(inputText);
    return {
      answer: { embedding: vectors[0], inputTextTokenCount: inputTokens },
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
  async make(body, embed) {
    const { texts, output_dimension } = parseBody(cohereRequest, body);
    const { vectors, tokens } = await embedAll(embed, texts, output_dimension);
    return {
      answer: {
        id: "simulated",
        response_type: "embeddings_by_type",
        embeddings: { float: vectors },
        texts,
      },
      inputTokens: tokens,
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
  async make(body, embed) {
    const { text, image, embeddingDimension } = parseBody(novaRequest, body).singleEmbeddingParams;
    const content = text?.value ?? image?.source.bytes ?? "";
    const { vectors, tokens } = await embedAll(embed, [content], embeddingDimension);
    return {
      answer: {
        embeddings: [
          {
            embeddingType: image === undefined ? "TEXT" : "IMAGE",
            embedding: vectors[0],
          },
        ],
      },
      inputTokens: text === undefined ? 0 : tokens,
      units: image === undefined ? {} : { inputImage: 1 },
    };
  },
};
