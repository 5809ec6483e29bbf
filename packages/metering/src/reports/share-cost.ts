/** Shares an entry's cost, which was rounded up once, out over its token classes and units without losing a nano. */
import { type NanoUsd, type TokenClass, tokenClasses } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import { type BilledUnit, billedUnits } from "../price-book/index.ts";
import { tokensPerRate } from "../price-book/price-usage.ts";
import type { UsageLine } from "./usage-cell.ts";

/** What a line of a report is about; `other` is a cost that no line of the receipt accounts for. */
export const billedItems = [...tokenClasses, ...billedUnits, "other"] as const;
export type BilledItem = (typeof billedItems)[number];

export function isTokenClass(item: BilledItem): item is TokenClass {
  return (tokenClasses as readonly string[]).includes(item);
}

export function isBilledUnit(item: BilledItem): item is BilledUnit {
  return (billedUnits as readonly string[]).includes(item);
}

/**
 * One line for each token class and unit that was used, with its share of both costs. Line k of n, with exact
 * price p(k), gets floor(cost · (p(1)+…+p(k)) / p) − floor(cost · (p(1)+…+p(k−1)) / p), where p is the sum of all:
 * each share is within a nano of its part of the rounded cost, and the shares sum to that cost. As that is done entry by
 * entry, sums over any grouping of lines are sums of the ledger.
 */
export function shareOfLines(entry: LedgerEntry): readonly UsageLine[] {
  const lines = [...tokenLines(entry), ...unitLines(entry)];
  const weights = lines.map(({ weight }) => weight);
  if (!weights.some((weight) => weight > 0n) && (entry.listCostNanoUsd !== 0n || entry.costNanoUsd !== 0n)) {
    lines.push({ item: "other", rateNanoUsd: 0n, quantity: 0, weight: 1n });
    weights.push(1n);
  }
  const listCosts = shares(entry.listCostNanoUsd, weights);
  const costs = shares(entry.costNanoUsd, weights);
  return lines.map(({ weight: _, ...line }, index) => ({
    ...line,
    listCostNanoUsd: listCosts[index] ?? 0n,
    costNanoUsd: costs[index] ?? 0n,
  }));
}

interface WeighedLine extends Pick<UsageLine, "item" | "rateNanoUsd" | "quantity"> {
  /** Its exact price, in millionths of a nano-USD. */
  readonly weight: bigint;
}

function tokenLines({ usage, lines }: LedgerEntry): WeighedLine[] {
  return tokenClasses.flatMap((item) => {
    const priced = lines.find(({ tokenClass }) => tokenClass === item);
    const rateNanoUsd = priced?.rateNanoUsdPerMillion ?? 0n;
    const weight = BigInt(priced?.tokens ?? 0) * rateNanoUsd;
    return usage[item] === 0 && weight === 0n ? [] : [{ item, rateNanoUsd, quantity: usage[item], weight }];
  });
}

function unitLines({ unitLines: lines }: LedgerEntry): WeighedLine[] {
  return lines.map(({ unit, count, rateNanoUsd }) => ({
    item: unit,
    rateNanoUsd,
    quantity: count,
    weight: BigInt(count) * rateNanoUsd * tokensPerRate,
  }));
}

function shares(amount: NanoUsd, weights: readonly bigint[]): readonly NanoUsd[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  let upTo = 0n;
  let given = 0n;
  return weights.map((weight) => {
    upTo += weight;
    const share = whole === 0n ? 0n : (amount * upTo) / whole - given;
    given += share;
    return share;
  });
}
