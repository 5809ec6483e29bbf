/** Searches a session's older messages by likeness too, once the turn is let through by words alone. */
import type { ChatVectors } from "@caprock/context";
import type { RequestId, Timer } from "@caprock/domain";
import type { VectorStore } from "@caprock/memory";
import type { AdmittedTurn } from "../admit.ts";
import { type AskEmbedding, type Embedder, embedderFor } from "../embedder.ts";
import { exchangeCall } from "../exchange-call.ts";
import type { OpenSession } from "../remember.ts";
import type { TurnParts } from "../turn-request.ts";
import type { KeptVectors } from "./kept-vectors.ts";

/** Embeddings as turns use them. */
export interface TurnEmbeddings {
  readonly vectors: VectorStore;
  /** What was read of them for earlier questions. */
  readonly kept: KeptVectors;
  readonly timer: Timer;
  /** How long an answer waits for its question's vector; what is later is answered without. */
  readonly deadlineMs: number;
  /** Told of what could not be embedded; the search goes by words alone. */
  readonly onFailure: (requestId: RequestId, error: unknown) => void;
}

/** How a session was searched by an embedding model, where its policy names one and something was searched. */
export interface LikenessReport {
  readonly modelId: string;
  /**
   * `fused`: by words and by likeness. By words alone: `none_kept` when nothing has vectors of the model yet; `late`, `failed`, and
   * `refused` when a limit of the tenant stood in the way.
   */
  readonly outcome: "fused" | "none_kept" | "late" | "failed" | "refused";
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
  try {
    const found = await inTime(vectorsFor(question, session, embedder, parts), requestId, parts);
    if (typeof found === "string") {
      return { turn, likeness: report(found) };
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
  { embeddings: { kept } }: TurnParts,
): Promise<ChatVectors | "none_kept" | "refused"> {
  const messages = await kept.of(claim, modelId);
  if (messages.size === 0) {
    return "none_kept";
  }
  const asked = await embed([question], "query");
  const [vector] = "refused" in asked ? [] : asked.vectors;
  return vector === undefined ? "refused" : { question: vector, messages };
}

/** Work that is late goes on, and settles what it costs, in the background. */
async function inTime<Result>(
  work: Promise<Result>,
  requestId: RequestId,
  { embeddings: { timer, deadlineMs, onFailure }, inBackground }: TurnParts,
): Promise<Result | "late"> {
  let cancel = () => {};
  const late = new Promise<"late">((resolve) => {
    cancel = timer(deadlineMs, () => resolve("late"));
  });
  try {
    const outcome = await Promise.race([work, late]);
    if (outcome === "late") {
      inBackground(
        work.then(
          () => {},
          (error) => onFailure(requestId, error),
        ),
      );
    }
    return outcome;
  } finally {
    cancel();
  }
}
