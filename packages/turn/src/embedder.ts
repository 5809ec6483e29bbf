/** Which model embeds a tenant's sessions, and how it is asked. */
import { quantiseVector } from "@caprock/context";
import { CaprockError, type Refusal, requestArrivalMs } from "@caprock/domain";
import type { EmbeddingPurpose } from "@caprock/inference";
import { contextPolicyOf } from "./context-policy-of.ts";
import { type EmbeddingAnswer, embedding } from "./invoke/embedding.ts";
import { routeModel } from "./route-model.ts";
import type { TurnAnswer, TurnParts, TurnRequest } from "./turn-request.ts";

/** Stands in the receipts of Caprock's own embeddings where other calls have the wire that they came in on. */
const embeddingWire = "caprock.embedding";

/**
 * All embedding models of the catalog make vectors of this length. A byte a number, it is a kilobyte a message: what a page of a
 * query reads of DynamoDB holds those of 500 turns.
 */
const dimensions = 1_024;

/** No model makes more than one token of a byte, so that none refuses what is cut to its window; more says little more. */
const mostTextBytes = 8_000;

/** Runs a call of the tenant, as `runTurn` does. */
export type AskEmbedding = (
  request: TurnRequest<EmbeddingAnswer, never>,
) => Promise<TurnAnswer<EmbeddingAnswer> | Refusal>;

/** A model that is down is soon asked again, but not by each turn: a question waits for it as long as for one that works. */
export const embeddingPauses = { firstMs: 1_000, longestMs: 300_000 };

export interface Embedder {
  /** The model's own id: what two models make cannot be compared. */
  readonly modelId: string;
  /** Whether the model has failed this tenant lately, and is not to be asked yet. */
  isPaused(purpose: EmbeddingPurpose): boolean;
  /**
   * As the tenant of the request, under its limits: one call with a hold and a receipt. Of a long text its beginning counts. A call
   * that fails, or is not there when `overdue` is aborted, begins a pause; one that the model refused as invalid tells nothing of others.
   */
  embed(
    texts: readonly string[],
    purpose: EmbeddingPurpose,
    overdue?: AbortSignal,
  ): Promise<{ readonly vectors: readonly Int8Array[] } | Refusal>;
}

/**
 * Undefined where the policy names no model, or one that is no longer there; and with the strategy `window`, which searches
 * nothing: whoever chooses that for a turn does without, and a later turn makes up for it.
 */
export function embedderFor(
  request: TurnRequest<unknown, unknown>,
  ask: AskEmbedding,
  {
    catalog,
    region,
    newRequestId,
    embeddings: { pauses },
  }: Pick<TurnParts, "catalog" | "region" | "newRequestId"> & {
    readonly embeddings: Pick<TurnParts["embeddings"], "pauses">;
  },
): Embedder | undefined {
  const { embeddingModel, strategy } = contextPolicyOf(request);
  const route =
    embeddingModel === undefined || strategy === "window"
      ? undefined
      : routeModel(embeddingModel, request.caller.tenant, catalog, region);
  if (embeddingModel === undefined || route === undefined || "refused" in route) {
    return undefined;
  }
  const { model } = route;
  const { caller } = request;
  const { tenant } = caller;
  // Unlike a tenant's own calls, these do not wait for money that others hold: what is refused goes without.
  const limits = { ...tenant.limits, overBudget: { kind: "refuse" } } as const;
  const mostBytes = Math.min(mostTextBytes, model.contextWindowTokens);
  const embedAll = async (texts: readonly string[], purpose: EmbeddingPurpose) => {
    const requestId = newRequestId();
    const asked = await ask({
      requestId,
      arrivedAtMs: requestArrivalMs(requestId),
      caller: { ...caller, tenant: { ...tenant, limits } },
      wire: embeddingWire,
      modelId: embeddingModel,
      operation: embedding({
        texts: texts.map((text) => beginningOf(text, mostBytes)),
        dimensions,
        purpose,
      }),
      // What was begun is billed, so it is heard out and settled exactly, even when nobody waits any more.
      signal: new AbortController().signal,
    });
    if ("refused" in asked) {
      return asked;
    }
    const vectors = asked.answer.vectors.map(quantiseVector);
    if (vectors.some(({ length }) => length !== dimensions)) {
      throw new CaprockError({
        code: "upstream_failed",
        message: `"${model.id}" made vectors of another length than ${dimensions}.`,
      });
    }
    return { vectors };
  };
  const nameOf = (purpose: EmbeddingPurpose) => `${tenant.id} ${model.id} ${purpose}`;
  return {
    modelId: model.id,
    isPaused: (purpose) => pauses.isOn(nameOf(purpose)),
    async embed(texts, purpose, overdue) {
      const name = nameOf(purpose);
      const fails = () => pauses.failed(name);
      overdue?.addEventListener("abort", fails);
      try {
        const made = await embedAll(texts, purpose);
        if (!("refused" in made || overdue?.aborted)) {
          pauses.succeeded(name);
        }
        return made;
      } catch (error) {
        if (!isRejection(error)) {
          fails();
        }
        throw error;
      } finally {
        overdue?.removeEventListener("abort", fails);
      }
    },
  };
}

function isRejection(error: unknown): boolean {
  return error instanceof CaprockError && error.problem.code === "upstream_rejected";
}

/** Cut between characters. */
function beginningOf(text: string, mostBytes: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= mostBytes
    ? text
    : new TextDecoder().decode(bytes.subarray(0, mostBytes), { stream: true });
}
