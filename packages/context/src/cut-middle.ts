/** Cuts the middle out of a text that is too long: what a text is about stands at its head or at its tail. */
import type { TokenCounter } from "./token-counter.ts";

/** What stands where the middle of a text was left out. */
export const cutTextMarker =
  "\n\n[… the middle of this text was left out to fit the model's context window …]\n\n";

/** The search keeps this many leading binary digits of the kept length, so at most 1 / 64 of the room stays unused. */
const searchPrecision = 64;

/**
 * The text itself when it is within `limitTokens`, otherwise its head and tail around the marker, as long as the
 * limit allows. A surrogate pair is never split. `limitTokens` must be at least the marker's own count.
 * Work: the text is counted once, then only candidates of about the kept length, some eight times.
 */
export function cutMiddle(text: string, limitTokens: number, counter: TokenCounter): string {
  if (counter.text(text) <= limitTokens) {
    return text;
  }
  const fits = (kept: number): boolean =>
    kept < text.length && counter.text(aroundMarker(text, kept)) <= limitTokens;
  if (!fits(1)) {
    return aroundMarker(text, 0);
  }
  let kept = 1;
  while (fits(kept * 2)) {
    kept *= 2;
  }
  const finestStep = Math.max(1, kept / searchPrecision);
  for (let step = kept / 2; step >= finestStep; step /= 2) {
    if (fits(kept + step)) {
      kept += step;
    }
  }
  return aroundMarker(text, kept);
}

function aroundMarker(text: string, kept: number): string {
  let headEnd = Math.ceil(kept / 2);
  let tailStart = text.length - Math.floor(kept / 2);
  if (isHighSurrogate(text.charCodeAt(headEnd - 1))) {
    headEnd--;
  }
  if (isLowSurrogate(text.charCodeAt(tailStart))) {
    tailStart++;
  }
  return text.slice(0, headEnd) + cutTextMarker + text.slice(tailStart);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
