/** Takes messages into a budget of tokens, so that what a smaller budget keeps a larger one keeps too. */

export interface BudgetInput {
  /** The places that may be kept: from one, before another. */
  readonly from: number;
  readonly before: number;
  /** What the message at a place costs. Asked only of places that are considered. */
  readonly tokensAt: (place: number) => number;
  /** Places of messages, best first; those that may not be kept are passed over. */
  readonly ranked: Iterable<number>;
  readonly tokenBudget: number;
  /** The part of the budget that is for the newest messages, 0 to 1. */
  readonly recentShare: number;
}

/**
 * The places kept, in time order. Both parts stop at the first message that does not fit: skipping it would let a
 * smaller budget keep what a larger one drops. For the same reason neither part takes what the other leaves.
 */
export function fillBudget(input: BudgetInput): number[] {
  const { from, before, tokensAt, ranked, tokenBudget, recentShare } = input;
  if (fitsWhole(input)) {
    return Array.from({ length: Math.max(0, before - from) }, (_, index) => from + index);
  }
  const kept = new Set<number>();
  const recentBudget = Math.floor(tokenBudget * recentShare);
  let left = recentBudget;
  for (let place = before - 1; place >= from; place--) {
    left -= tokensAt(place);
    if (!(left >= 0)) {
      break;
    }
    kept.add(place);
  }
  left = tokenBudget - recentBudget;
  for (const place of ranked) {
    if (kept.has(place) || place < from || place >= before) {
      continue;
    }
    left -= tokensAt(place);
    if (!(left >= 0)) {
      break;
    }
    kept.add(place);
  }
  return [...kept].sort((a, b) => a - b);
}

function fitsWhole({ from, before, tokensAt, tokenBudget }: BudgetInput): boolean {
  let tokens = 0;
  for (let place = from; place < before && tokens <= tokenBudget; place++) {
    tokens += tokensAt(place);
  }
  return tokens <= tokenBudget;
}
