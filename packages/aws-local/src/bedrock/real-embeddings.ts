/** Real embeddings behind MODEL_URL: of any server that speaks OpenAI's embeddings. */
import { z } from "zod";
import type { Embedded } from "./invoke/made.ts";
import type { RealModelOptions } from "./real-model.ts";

const answered = z.looseObject({
  data: z.array(z.looseObject({ index: z.number(), embedding: z.array(z.number()).min(1) })),
  usage: z.looseObject({ prompt_tokens: z.number().int().min(0) }).optional(),
});

/**
 * Undefined where the server makes none, for whatever reason: then they are simulated. Vectors of another length than Bedrock's
 * model would make are cut or filled with zeros, and made of length 1 again.
 */
export async function realEmbeddings(
  { url, name, apiKey }: RealModelOptions,
  modelId: string,
  texts: readonly string[],
  dimensions: number,
  signal: AbortSignal,
): Promise<Embedded | undefined> {
  const answer = await fetch(`${url.replace(/\/$/, "")}/embeddings`, {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
    body: JSON.stringify({ model: name ?? modelId, input: texts }),
  }).catch(() => undefined);
  const read = answered.safeParse(answer?.ok ? await answer.json().catch(() => undefined) : undefined);
  if (!read.success || read.data.data.length !== texts.length) {
    return undefined;
  }
  const { data, usage } = read.data;
  const vectors = [...data]
    .sort((a, b) => a.index - b.index)
    .map(({ embedding }) => ofLength(embedding, dimensions));
  return { vectors, tokens: usage?.prompt_tokens };
}

function ofLength(vector: readonly number[], dimensions: number): number[] {
  const resized = Array.from({ length: dimensions }, (_, at) => vector[at] ?? 0);
  const length = Math.hypot(...resized) || 1;
  return resized.map((value) => value / length);
}
