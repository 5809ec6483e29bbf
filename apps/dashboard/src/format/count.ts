/** Counts on screen. */
import type { LedgerEntryView } from "@caprock/contract";

const whole = new Intl.NumberFormat("en-US");
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** "12,345". */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** Three digits and a unit: "987", "12.3K", "719M". */
export function formatShort(count: number): string {
  return short.format(count);
}

/** "1 request", "2 requests". */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Tokens of all classes together. */
export function totalTokens(tokens: LedgerEntryView["tokens"]): number {
  return tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.output;
}
