/** Plans which turns of a history to summarise next, in chunks that a summariser can read whole. */
import type { ChatMessage } from "../converse.ts";
import { exchangeStarts } from "../exchanges.ts";
import type { Summary } from "../fit-input.ts";
import type { TokenCounter } from "../token-counter.ts";
import { coveredTurns } from "./covered-turns.ts";

export interface SummaryPlanOptions {
  /** What the history may take of the window. */
  readonly historyTokens: number;
  readonly counter: TokenCounter;
  /** The part of it from which on summarising pays, 0 to 1. By default 0.8. */
  readonly at?: number | undefined;
  /** The part of it that the newest exchanges keep word for word, 0 to 1. By default 0.4. */
  readonly keep?: number | undefined;
  /** The most that a summariser is shown at once, its previous summary left out. By default 8,000 tokens. */
  readonly chunkTokens?: number | undefined;
}

/** Turns that are shown to the summariser together. */
export interface SummaryChunk<M extends ChatMessage> {
  readonly messages: readonly M[];
  /** The last of them. */
  readonly throughTurnId: string;
}

export interface SummaryPlan<M extends ChatMessage> {
  /** The summary to go on from; undefined at the beginning. */
  readonly previous: Summary | undefined;
  readonly chunks: readonly SummaryChunk<M>[];
}

/**
 * Whole exchanges only, the oldest that no summary covers yet, each message in exactly one chunk; an exchange longer than a
 * chunk goes alone, whole. The open exchange and the newest ones stay out. Undefined when nothing is to be done: the
 * uncovered history is short, or all that is old is covered.
 */
export function planSummary<M extends ChatMessage>(
  history: readonly M[],
  turnIds: readonly string[],
  summary: Summary | undefined,
  { historyTokens, counter, at = 0.8, keep = 0.4, chunkTokens = 8_000 }: SummaryPlanOptions,
): SummaryPlan<M> | undefined {
  if (turnIds.length !== history.length) {
    throw new RangeError(`A history of ${history.length} messages came with ${turnIds.length} turn ids.`);
  }
  const covered = coveredTurns(summary, turnIds);
  const tokens = history.map((message) => counter.message(message));
  const sum = (from: number, end: number): number => tokens.slice(from, end).reduce((a, b) => a + b, 0);
  let newer = sum(covered, history.length);
  if (newer <= at * historyTokens) {
    return undefined;
  }
  const starts = exchangeStarts(history).filter((start) => start >= covered);
  const chunks: SummaryChunk<M>[] = [];
  let [from, chunk] = [covered, 0];
  const close = (end: number): void => {
    const throughTurnId = turnIds[end - 1];
    if (end > from && throughTurnId !== undefined) {
      chunks.push({ messages: history.slice(from, end), throughTurnId });
    }
    [from, chunk] = [end, 0];
  };
  let place = covered;
  for (const end of starts.filter((start) => start > covered)) {
    if (newer <= keep * historyTokens) {
      break;
    }
    const exchange = sum(place, end);
    if (chunk > 0 && chunk + exchange > chunkTokens) {
      close(place);
    }
    chunk += exchange;
    newer -= exchange;
    place = end;
  }
  close(place);
  return chunks.length === 0 ? undefined : { previous: covered > 0 ? summary : undefined, chunks };
}
