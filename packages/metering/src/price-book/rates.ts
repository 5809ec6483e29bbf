/** Writes and scales token rates. */
import { divideRoundingUp, type NanoUsd, parseUsd } from "@caprock/domain";
import type { LongContextRates, TokenRates } from "./model-price.ts";

type RatesInUsd = Readonly<Record<"input" | "output", string> & Partial<Record<CacheClass, string>>>;
type CacheClass = "cacheRead" | "cacheWrite5m" | "cacheWrite1h";

/** Rates from decimal USD per million tokens, the unit in which they are published. */
export function usdPerMillion(usd: RatesInUsd): TokenRates {
  return mapRates(usd, parseUsd);
}

/** Rates times `numerator / denominator`, rounded up to the nano. */
export function scaleRates(rates: TokenRates, numerator: bigint, denominator: bigint): TokenRates {
  return mapRates(rates, (rate) => divideRoundingUp(rate * numerator, denominator));
}

/** Long-context rates scaled as `scaleRates` does; the threshold stays. */
export function scaleLongContext(
  longContext: LongContextRates,
  numerator: bigint,
  denominator: bigint,
): LongContextRates {
  return { ...longContext, rates: scaleRates(longContext.rates, numerator, denominator) };
}

function mapRates<From>(
  rates: Readonly<Record<"input" | "output", From> & Partial<Record<CacheClass, From>>>,
  toNanoUsd: (rate: From) => NanoUsd,
): TokenRates {
  return {
    input: toNanoUsd(rates.input),
    ...(rates.cacheRead !== undefined && { cacheRead: toNanoUsd(rates.cacheRead) }),
    ...(rates.cacheWrite5m !== undefined && { cacheWrite5m: toNanoUsd(rates.cacheWrite5m) }),
    ...(rates.cacheWrite1h !== undefined && { cacheWrite1h: toNanoUsd(rates.cacheWrite1h) }),
    output: toNanoUsd(rates.output),
  };
}
