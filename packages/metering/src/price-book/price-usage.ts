/** Turns the usage that Bedrock reported into money, line by line. */
import {
  divideRoundingUp,
  type NanoUsd,
  promptTokens,
  type TokenClass,
  type TokenUsage,
  tokenClasses,
} from "@caprock/domain";
import { type BilledUnit, billedUnits, type ModelPrice, type UnitCounts } from "./model-price.ts";
import { longContextFor, rateOf } from "./rate-of.ts";

/** Tokens of one class and the rate they were charged at. */
export interface TokenLine {
  readonly tokenClass: TokenClass;
  readonly tokens: number;
  readonly rateNanoUsdPerMillion: NanoUsd;
}

/** Units of one kind and the price of each. */
export interface UnitLine {
  readonly unit: BilledUnit;
  readonly count: number;
  readonly rateNanoUsd: NanoUsd;
}

/** A receipt: anyone can multiply the lines, sum them, and round the sum up to get the cost. */
export interface PricedUsage {
  /** The token classes that were used, in the order of `tokenClasses`. */
  readonly lines: readonly TokenLine[];
  readonly unitLines: readonly UnitLine[];
  readonly costNanoUsd: NanoUsd;
  /** True when the long-context rates held. */
  readonly longContext: boolean;
  /** Classes that were used but have no published price; they were charged by the rule of `rateOf`. */
  readonly assumed: readonly TokenClass[];
}

export const tokensPerRate = 1_000_000n;

/**
 * Prices one call. Exact: everything is summed in millionths of a nano-USD and rounded up once.
 * Throws a RangeError for a count that is no non-negative integer, and for a unit the price does not know (the
 * worst case of such a call throws too, so it is never admitted).
 */
export function priceUsage(price: ModelPrice, usage: TokenUsage, units: UnitCounts = {}): PricedUsage {
  const longContext = longContextFor(price, promptTokens(usage));
  const rates = longContext?.rates ?? price.tokenRates;
  const lines: TokenLine[] = [];
  const assumed: TokenClass[] = [];
  let sum = 0n;
  for (const tokenClass of tokenClasses) {
    const tokens = usage[tokenClass];
    const count = toCount(tokens);
    if (rates === undefined || count === 0n) {
      continue;
    }
    const { rate, assumed: isAssumed } = rateOf(rates, tokenClass);
    lines.push({ tokenClass, tokens, rateNanoUsdPerMillion: rate });
    if (isAssumed) {
      assumed.push(tokenClass);
    }
    sum += count * rate;
  }
  const unitLines = linesOfUnits(price, units);
  const unitCost = costOfUnits(unitLines);
  return {
    lines,
    unitLines,
    costNanoUsd: unitCost + divideRoundingUp(sum, tokensPerRate),
    longContext: longContext !== undefined,
    assumed,
  };
}

/** The lines of what is billed by the piece. Throws a RangeError for a unit without a price. */
export function linesOfUnits(price: ModelPrice, units: UnitCounts): readonly UnitLine[] {
  return billedUnits.flatMap((unit) => {
    const count = units[unit] ?? 0;
    if (toCount(count) === 0n) {
      return [];
    }
    const rateNanoUsd = price.unitRates?.[unit];
    if (rateNanoUsd === undefined) {
      throw new RangeError(`Model "${price.modelId}" has no price for the unit "${unit}".`);
    }
    return [{ unit, count, rateNanoUsd }];
  });
}

/** What the lines cost together; whole nano-USD, nothing to round. */
export function costOfUnits(lines: readonly UnitLine[]): NanoUsd {
  return lines.reduce((sum, { count, rateNanoUsd }) => sum + BigInt(count) * rateNanoUsd, 0n);
}

/** A count as a bigint. Throws a RangeError unless it is a non-negative safe integer. */
export function toCount(count: number): bigint {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`${count} is no count: it must be a non-negative integer.`);
  }
  return BigInt(count);
}
