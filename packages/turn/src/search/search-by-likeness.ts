/** Searches a session's older messages by likeness too, once the turn is let through by words alone. */
import type { ChatVectors } from "@caprock/context";
import { type Deadline, inTime, late, type RequestId } from "@caprock/domain";
import type { VectorStore } from "@caprock/memory";
import type { AdmittedTurn } from "../admit.ts";
import { type AskEmbedding, type Embedder, embedderFor } from "../embedder.ts";
import { exchangeCall } from "../exchange-call.ts";
import type { GrowingPauses } from "../growing-pauses.ts";
import type { OpenSession } from "../remember.ts";
import type { TurnParts } from "../turn-request.ts";
import type { KeptVectors } from "./kept-vectors.ts";

/** Embeddings as turns use them; a question's vector that is later than the deadline is answered without. */
export interface TurnEmbeddings extends Deadline {
  readonly vectors: VectorStore;
  /** What was read of them for earlier questions. */
  readonly kept: KeptVectors;
  /** Of models that failed. */
  readonly pauses: GrowingPauses;
  /** Told of what could not be embedded; the search goes by words alone. */
  readonly onFailure: (requestId: RequestId, error: unknown) => void;
}

/** How a session was searched by an embedding model, where its policy names one and something was searched. */
export interface LikenessReport {
  readonly modelId: string;
  /**
   * `fused`: by words and by likeness. By words alone: `none_kept` when nothing has vectors of the model yet; `late`, `failed`, and
   * `paused` when it has just been either and is not asked again yet; `refused` when a limit of the tenant stood in the way.
   */
  readonly outcome: "fused" | "none_kept" | "late" | "failed" | "refused" | "paused";
  /** How many messages had vectors of this model. */
  readonly messages: number;
}

export interface SearchedTurn<Answer, Frame> {
  readonly turn: AdmittedTurn<Answer, Frame>;
  readonly likeness: LikenessReport | undefined;
}

/**
 * The turn with what it finds by words and by likeness; the turn as it was where there is nothing to search, and where that
 * fails, is late or is refused. It is held for before its question is embedded, so that it never wants for what
 * that took. Never throws.
 */
export async function searchByLikeness<Answer, Frame>(
  turn: AdmittedTurn<Answer, Frame>,
  session: OpenSession | undefined,
  ask: AskEmbedding,
  parts: TurnParts,
): Promise<SearchedTurn<Answer, Frame>> {
  const { requestId, operation } = turn.request;
  const { searchAgain } = turn.call;
  const question = operation.question?.trim() ?? "";
  const embedder =
    session && searchAgain && question !== "" ? embedderFor(turn.request, ask, parts) : undefined;
  if (!session || !searchAgain || !embedder) {
    return { turn, likeness: undefined };
  }
  const report = (outcome: LikenessReport["outcome"], messages = 0): LikenessReport => ({
    modelId: embedder.modelId,
    outcome,
    messages,
  });
  if (embedder.isPaused("query")) {
    return { turn, likeness: report("paused") };
  }
  try {
    const found = await inTime(
      parts.embeddings,
      (overdue) => vectorsFor(question, session, embedder, overdue, parts),
      // What is late settles what it costs.
      (work) =>
        parts.inBackground(
          work.then(
            () => {},
            (error) => parts.embeddings.onFailure(requestId, error),
          ),
        ),
    );
    if (found === late || typeof found === "string") {
      return { turn, likeness: report(found === late ? "late" : found) };
    }
    const messages = found.messages.size;
    const call = searchAgain(found);
    const exchanged = "refused" in call ? undefined : await exchangeCall(turn, call, parts);
    return exchanged?.isExchanged
      ? { turn: exchanged.turn, likeness: report("fused", messages) }
      : { turn: exchanged?.turn ?? turn, likeness: report("refused", messages) };
  } catch (error) {
    parts.embeddings.onFailure(requestId, error);
    return { turn, likeness: report("failed") };
  }
}

/** The vectors are read first: where there are none, the question is not worth a call. */
async function vectorsFor(
  question: string,
  { claim }: OpenSession,
  { modelId, embed }: Embedder,
  overdue: AbortSignal,
  { embeddings: { kept } }: TurnParts,
): Promise<ChatVectors | "none_kept" | "refused" | "late"> {
  const messages = await kept.of(claim, modelId);
  if (messages.size === 0) {
    return "none_kept";
  }
  if (overdue.aborted) {
    return "late";
  }
  const asked = await embed([question], "query", overdue);
  const [vector] = "refused" in asked ? [] : asked.vectors;
  return vector === undefined ? "refused" : { question: vector, messages };
}
