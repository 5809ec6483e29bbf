/** Token usage by class, as Bedrock reported it. */

/**
 * The classes a token can be billed as. They are disjoint: `input` excludes everything read from or written
 * to a prompt cache (AWS Bedrock user guide, "quotas-token-burndown": InputTokenCount excludes cached tokens).
 */
export const tokenClasses = ["input", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output"] as const;

export type TokenClass = (typeof tokenClasses)[number];

/** A count of tokens for every class. Counts are non-negative integers. */
export type TokenUsage = Readonly<Record<TokenClass, number>>;

export const noTokens: TokenUsage = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 };

/** Everything the model read: fresh input, cache reads and cache writes. Long-context prices go by this sum. */
export function promptTokens(usage: TokenUsage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/** Sums two usages class by class. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    output: a.output + b.output,
  };
}
