/** The most a call can cost, known before it is made: what a hold reserves. */
import { divideRoundingUp, type NanoUsd, type TokenClass } from "@caprock/domain";
import type { ModelPrice, TokenRates, UnitCounts } from "./model-price.ts";
import { costOfUnits, linesOfUnits, toCount, tokensPerRate } from "./price-usage.ts";
import { dearest, longContextFor, rateOf } from "./rate-of.ts";

export interface WorstCase {
  /** The most tokens the prompt can have, however they are classed. */
  readonly inputTokensCeiling: number;
  /** The most tokens the answer can have: `max_tokens` as it is sent. */
  readonly maxOutputTokens: number;
  /**
   * The longest-lived cache write that the request asks for. Writes of five minutes are reckoned with even for
   * "none": Bedrock caches prompts of some models unasked.
   */
  readonly cacheWrites: "none" | "5m" | "1h";
  readonly units?: UnitCounts;
}

/**
 * An upper bound of `priceUsage` in nano-USD, over every usage within the two ceilings (with one-hour cache
 * writes only if they were asked for) and over the long-context rates if the prompt can be long enough.
 * Throws a RangeError for a ceiling that is no non-negative integer and for a unit without a price.
 */
export function worstCaseCost(price: ModelPrice, worst: WorstCase): NanoUsd {
  const input = toCount(worst.inputTokensCeiling);
  const output = toCount(worst.maxOutputTokens);
  const reachable = [price.tokenRates, longContextFor(price, worst.inputTokensCeiling)?.rates];
  const sum = dearest(
    reachable.map((rates) =>
      rates ? input * dearestPromptRate(rates, worst.cacheWrites) + output * rates.output : 0n,
    ),
  );
  const unitCost = costOfUnits(linesOfUnits(price, worst.units ?? {}));
  return unitCost + divideRoundingUp(sum, tokensPerRate);
}

function dearestPromptRate(rates: TokenRates, cacheWrites: WorstCase["cacheWrites"]): NanoUsd {
  const possible: TokenClass[] = ["input", "cacheRead", "cacheWrite5m"];
  if (cacheWrites === "1h") {
    possible.push("cacheWrite1h");
  }
  return dearest(possible.map((tokenClass) => rateOf(rates, tokenClass).rate));
}
