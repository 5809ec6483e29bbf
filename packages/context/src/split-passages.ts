/** Splits a long text into passages at the most natural places: paragraphs, then lines, sentences, words. */
import type { TokenCounter } from "./token-counter.ts";

const separators = [/(?<=\n[^\S\n]*\n)/u, /(?<=\n)/u, /(?<=[.!?]\s|[。！？])/u, /(?<=\s)/u] as const;

/**
 * Passages of at most about `passageTokens` that joined are the text again. Only a text without any separator, such as
 * base64, is a longer passage.
 */
export function splitPassages(text: string, passageTokens: number, counter: TokenCounter): readonly string[] {
  return splitAt(text, passageTokens, counter, 0);
}

function splitAt(text: string, most: number, counter: TokenCounter, level: number): readonly string[] {
  const separator = separators[level];
  if (separator === undefined || counter.text(text) <= most) {
    return [text];
  }
  const pieces = text.split(separator).flatMap((piece) => splitAt(piece, most, counter, level + 1));
  const passages: string[] = [];
  let [current, currentTokens] = ["", 0];
  for (const piece of pieces) {
    const tokens = counter.text(piece);
    if (current !== "" && currentTokens + tokens > most) {
      passages.push(current);
      [current, currentTokens] = ["", 0];
    }
    current += piece;
    currentTokens += tokens;
  }
  return current === "" ? passages : [...passages, current];
}
