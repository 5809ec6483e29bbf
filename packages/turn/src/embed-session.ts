/** Embeds what a session keeps, after an answer that nobody waits with for it. */
import { createTokenCounter, type MessageMeasures, textOf } from "@caprock/context";
import { CaprockError } from "@caprock/domain";
import { mostVectorsOfTurn, type SessionPlace, type SessionTurn, type TurnVectors } from "@caprock/memory";
import type { AdmittedTurn } from "./admit.ts";
import { chatRoomOf } from "./chat-room.ts";
import { contextPolicyOf, recallShareOf } from "./context-policy-of.ts";
import { type AskEmbedding, type Embedder, embedderFor } from "./embedder.ts";
import { historyBound } from "./history-bound.ts";
import type { OpenSession } from "./remember.ts";
import type { TurnParts } from "./turn-request.ts";

/** Cohere takes so many a call (AWS: "Cohere Embed v4"); Titan's are asked for one by one, under one hold. */
const textsAtOnce = 96;
/** What waits for its vectors takes at most this part of what the window surely keeps of a chat, so that it is in the prompt itself. */
const waitingPart = 0.5;
/** So that, however short turns are, none waits that a turn does not read. */
const mostWaitingTurns = historyBound.mostTurns / 4;
const defaultRecallShare = 0.5;

/**
 * Embeds the turns that have no vectors yet once they come to a good part of the window, in batches, each kept before the next is
 * begun: a chat that fits costs nothing, and what leaves the window can be found by then. What cannot be embedded is found by
 * its words, and tried again after the next turn. Two processes at once may both ask, and pay; the vectors that
 * are kept first stand. Never throws.
 */
export async function embedSession(
  turn: AdmittedTurn,
  session: OpenSession,
  kept: SessionTurn,
  ask: AskEmbedding,
  parts: TurnParts,
): Promise<void> {
  const { requestId } = turn.request;
  try {
    const embedder = embedderFor(turn.request, ask, parts);
    const turns = [...session.turns, kept];
    const { measures } = session;
    if (!embedder || embedder.isPaused("document") || !isDue(turns, turn, measures, parts)) {
      return;
    }
    const { claim } = session;
    const place = { ...claim.session, incarnation: claim.incarnation };
    const last = await parts.embeddings.vectors.lastSequence(place);
    const waiting = turns.filter(({ sequence }) => sequence > last);
    if (!isDue(waiting, turn, measures, parts)) {
      return;
    }
    for (const batch of batchesOf(waiting)) {
      await embedBatch(batch, place, embedder, parts);
    }
  } catch (error) {
    parts.embeddings.onFailure(requestId, error);
  }
}

function isDue(
  turns: readonly SessionTurn[],
  turn: AdmittedTurn,
  measures: MessageMeasures,
  { calibration }: TurnParts,
): boolean {
  const { model } = turn.route;
  const recallShare = recallShareOf(contextPolicyOf(turn.request)) ?? defaultRecallShare;
  const factor = model.tokenizerFactor * calibration.correctionOf(model.id);
  const counter = createTokenCounter({ factor, measures });
  const tokens = turns
    .flatMap(({ messages }) => messages)
    .reduce((sum, message) => sum + counter.message(message), 0);
  return turns.length > mostWaitingTurns || tokens >= chatRoomOf(turn) * (1 - recallShare) * waitingPart;
}

interface EmbeddableTurn {
  readonly turn: SessionTurn;
  readonly texts: readonly { readonly message: number; readonly text: string }[];
}

/** Whole turns, oldest first; a turn of more texts than a batch takes is one by itself. */
function batchesOf(turns: readonly SessionTurn[]): readonly (readonly EmbeddableTurn[])[] {
  const batches: EmbeddableTurn[][] = [];
  let count = textsAtOnce;
  for (const turn of turns) {
    const texts = turn.messages
      .map((message, index) => ({ message: index, text: textOf(message) }))
      .filter(({ text }) => text.trim() !== "")
      .slice(0, mostVectorsOfTurn);
    if (texts.length > 0) {
      count += texts.length;
      if (count > textsAtOnce) {
        batches.push([]);
        count = texts.length;
      }
      batches.at(-1)?.push({ turn, texts });
    }
  }
  return batches;
}

async function embedBatch(
  batch: readonly EmbeddableTurn[],
  place: SessionPlace,
  { modelId, embed }: Embedder,
  { sessions, embeddings: { vectors } }: TurnParts,
): Promise<void> {
  const made = await embed(
    batch.flatMap(({ texts }) => texts.map(({ text }) => text)),
    "document",
  );
  if ("refused" in made) {
    throw new CaprockError(made.refused);
  }
  let next = 0;
  const kept: TurnVectors[] = [];
  for (const { turn, texts } of batch) {
    const { turnId, sequence, atMs } = turn;
    const own = texts.flatMap(({ message }, index) => {
      const values = made.vectors[next + index];
      return values ? [{ message, values }] : [];
    });
    next += texts.length;
    kept.push({ turnId, sequence, atMs, modelId, vectors: own });
  }
  for (const one of kept) {
    await vectors.keep(place, one);
  }
  // Whoever forgot a turn meanwhile did not find what was made of it.
  const [first = 1, last = first] = [kept[0]?.sequence, kept.at(-1)?.sequence];
  const there = new Set(await sessions.turnIdsAfter(place, first - 1, last - first + 1));
  for (const { turnId } of kept.filter((one) => !there.has(one.turnId))) {
    await vectors.delete(place.tenantId, { kind: "turn", ...place, turnId });
  }
}
