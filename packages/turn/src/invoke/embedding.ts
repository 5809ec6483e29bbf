/** Embedding as a turn's operation: texts in, vectors out, in as many InvokeModel calls as the model needs. */
import { CaprockError, type Model, promptTokens, type Refusal, refusal } from "@caprock/domain";
import { type EmbeddingPurpose, type EmbeddingWire, embeddingWireOf } from "@caprock/inference";
import type { Operation, PlannedCall, Sending } from "../operation.ts";
import { boundParts } from "./bound-parts.ts";
import { type InvokePart, invokeAll, type PartAnswer } from "./invoke-all.ts";
import { parseJson } from "./tell-use.ts";

export interface EmbeddingRequest {
  readonly texts: readonly string[];
  /** How long the vectors are to be; the model's own length when undefined. */
  readonly dimensions: number | undefined;
  /** By default they are documents: OpenAI's wire does not tell. */
  readonly purpose?: EmbeddingPurpose;
}

export interface EmbeddingAnswer {
  /** In the order of the texts. */
  readonly vectors: readonly (readonly number[])[];
  /** What Bedrock counted; of calls that did not tell, Caprock's estimate. */
  readonly promptTokens: number;
}

/** Vectors of two models cannot be compared, so no other model is asked instead. */
export function embedding(request: EmbeddingRequest): Operation<EmbeddingAnswer, never> {
  return { portable: false, plan: (model) => plan(request, model) };
}

function plan(
  { texts, dimensions, purpose = "document" }: EmbeddingRequest,
  model: Model,
): PlannedCall<EmbeddingAnswer, never> | Refusal {
  const wire = embeddingWireOf(model);
  if ("refused" in wire) {
    return wire;
  }
  if (dimensions !== undefined && !wire.dimensions.includes(dimensions)) {
    return refusal({
      code: "invalid_request",
      message: `"${model.id}" makes vectors of ${wire.dimensions.join(", ")} dimensions, not of ${dimensions}.`,
      param: "dimensions",
    });
  }
  const bodies = groups(texts, wire.textsPerCall).map((group) =>
    wire.request(group, { dimensions, purpose }),
  );
  const bounded = boundParts(bodies, model);
  if ("refused" in bounded) {
    return bounded;
  }
  const { parts, bounds } = bounded;
  return {
    serviceTier: "default",
    bounds,
    get promptTokens() {
      return parts.reduce((sum, part) => sum + part.promptTokens(), 0);
    },
    send: (sending) => send(parts, texts.length, wire, model, sending),
    stream: () =>
      Promise.reject(new CaprockError({ code: "internal_error", message: "No stream of vectors." })),
  };
}

function groups(texts: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, index) =>
    texts.slice(index * size, (index + 1) * size),
  );
}

async function send(
  parts: readonly InvokePart[],
  count: number,
  wire: EmbeddingWire,
  model: Model,
  sending: Sending,
): Promise<EmbeddingAnswer> {
  const answers = await invokeAll(parts, model, sending);
  const vectors = answers.flatMap(({ answer }) => wire.vectors(parseJson(answer.body)) ?? []);
  if (vectors.length !== count) {
    throw new CaprockError({
      code: "upstream_failed",
      message: `The model answered ${vectors.length} vectors to ${count} texts.`,
    });
  }
  return {
    vectors,
    promptTokens: answers.reduce((sum, answer, index) => sum + read(answer, parts[index]), 0),
  };
}

function read({ usage }: PartAnswer, part: InvokePart | undefined): number {
  return usage ? promptTokens(usage) : (part?.promptTokens() ?? 0);
}
