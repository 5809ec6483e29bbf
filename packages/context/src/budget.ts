/** Shares a budget of tokens out: fixed shares first, and what one part leaves the next may take. */

export interface Claim {
  /** What it could use. */
  readonly demandTokens: number;
  /** Its part of the budget while others want theirs, 0 to 1. */
  readonly share: number;
}

/**
 * What each claim gets, in the order given. Never more than the budget together, never more than its demand, and never
 * less when the budget grows. Shares that sum to more than 1 are scaled down.
 */
export function shareBudget(budgetTokens: number, claims: readonly Claim[]): readonly number[] {
  const budget = Math.max(0, budgetTokens);
  const scale = Math.max(
    1,
    claims.reduce((sum, { share }) => sum + share, 0),
  );
  const granted = claims.map(({ demandTokens, share }) =>
    Math.min(demandTokens, Math.floor((budget * share) / scale)),
  );
  let left = budget - granted.reduce((sum, tokens) => sum + tokens, 0);
  return granted.map((tokens, index) => {
    const more = Math.min(left, (claims[index]?.demandTokens ?? 0) - tokens);
    left -= more;
    return tokens + more;
  });
}
