/** The one rule for what a token class costs, used for holds and for settlement alike. */
import type { NanoUsd, TokenClass } from "@caprock/domain";
import type { LongContextRates, ModelPrice, TokenRates } from "./model-price.ts";

/**
 * The rate of a class (nano-USD per million tokens). A class of the prompt without a published rate costs the
 * dearest published rate of the prompt: a call that was served must be settled, and never below its cost as far
 * as that is known. `assumed` tells, so that the receipt can say so.
 */
export function rateOf(rates: TokenRates, tokenClass: TokenClass): { rate: NanoUsd; assumed: boolean } {
  const published = rates[tokenClass];
  return published === undefined
    ? { rate: dearestPromptRate(rates), assumed: true }
    : { rate: published, assumed: false };
}

/** The long-context rates when a prompt of so many tokens is billed by them. */
export function longContextFor(price: ModelPrice, promptTokenCount: number): LongContextRates | undefined {
  const { longContext } = price;
  return longContext && promptTokenCount > longContext.thresholdTokens ? longContext : undefined;
}

/** The largest of some non-negative amounts; 0 when there are none. */
export function dearest(amounts: readonly bigint[]): bigint {
  let largest = 0n;
  for (const amount of amounts) {
    if (amount > largest) {
      largest = amount;
    }
  }
  return largest;
}

function dearestPromptRate(rates: TokenRates): NanoUsd {
  const { input, cacheRead = 0n, cacheWrite5m = 0n, cacheWrite1h = 0n } = rates;
  return dearest([input, cacheRead, cacheWrite5m, cacheWrite1h]);
}
