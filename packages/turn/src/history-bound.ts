/** How much of a session a turn reads, before its context is fitted from it. */
import { allModels } from "@caprock/inference";
import type { HistoryBound, SessionPast } from "@caprock/memory";

/**
 * Text takes three to five bytes a token; this leaves room for blanks and digits that a tokenizer joins, and for what JSON
 * escapes. Files take far more bytes for their tokens, but no request holds more of them than this either: with a window
 * of a million tokens it is 16 MB, and Bedrock takes 20 MB of a request (AWS: "Anthropic Claude Messages API, Request and
 * Response").
 */
const bytesPerToken = 16;

const largestWindowTokens = Math.max(...allModels.map((model) => model.contextWindowTokens));

/** The newest turns; what is older is in no window by itself, and is found by searching. */
export const historyBound: HistoryBound = {
  mostTurns: 200,
  mostBytes: largestWindowTokens * bytesPerToken,
};

/** How many turns a session has before those that were read, at most: some may be deleted. */
export function turnsBeforeRead({ turns, isCut }: SessionPast): number {
  return isCut ? (turns.at(-1)?.sequence ?? 1) - 1 : 0;
}
