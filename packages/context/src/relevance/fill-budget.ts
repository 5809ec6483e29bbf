/** Takes messages into a budget of tokens, so that what a smaller budget keeps a larger one keeps too. */

export interface BudgetInput {
  /** Tokens of each message, in time order. */
  readonly tokens: readonly number[];
  /** Places of messages, best first. */
  readonly ranked: Iterable<number>;
  readonly tokenBudget: number;
  /** The part of the budget that is for the newest messages, 0 to 1. */
  readonly recentShare: number;
}

/**
 * The places kept, in time order. Both parts stop at the first message that does not fit: skipping it would let a
 * smaller budget keep what a larger one drops. For the same reason neither part takes what the other leaves.
 */
export function fillBudget({ tokens, ranked, tokenBudget, recentShare }: BudgetInput): number[] {
  const all = tokens.reduce((sum, count) => sum + count, 0);
  if (all <= tokenBudget) {
    return tokens.map((_, place) => place);
  }
  const kept = new Set<number>();
  const recentBudget = Math.floor(tokenBudget * recentShare);
  let left = recentBudget;
  for (let place = tokens.length - 1; place >= 0; place--) {
    left -= tokens[place] ?? 0;
    if (!(left >= 0)) {
      break;
    }
    kept.add(place);
  }
  left = tokenBudget - recentBudget;
  for (const place of ranked) {
    if (kept.has(place)) {
      continue;
    }
    left -= tokens[place] ?? 0;
    if (!(left >= 0)) {
      break;
    }
    kept.add(place);
  }
  return [...kept].sort((a, b) => a - b);
}
