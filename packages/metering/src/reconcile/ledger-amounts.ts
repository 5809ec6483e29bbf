/** What a ledger entry says of each component. */
import type { TokenClass } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import type { TokenLine, UnitLine } from "../price-book/index.ts";
import { type Amount, type Amounts, partsOfNano } from "./drift-tally.ts";

const tokenComponents: readonly (readonly [
  "input" | "output" | "cacheRead" | "cacheWrite",
  readonly TokenClass[],
])[] = [
  ["input", ["input"]],
  ["output", ["output"]],
  ["cacheRead", ["cacheRead"]],
  ["cacheWrite", ["cacheWrite5m", "cacheWrite1h"]],
];

export interface Priced {
  readonly usage: LedgerEntry["usage"];
  readonly lines: readonly TokenLine[];
  readonly unitLines: readonly UnitLine[];
}

/** Counts as they were used, costs as the lines give them; a class that was used but has no line costs nothing. */
export function amountsOf({ usage, lines, unitLines }: Priced): Amounts {
  const amountOf = (tokenClass: TokenClass): Amount => {
    const line = lines.find((one) => one.tokenClass === tokenClass);
    return {
      count: BigInt(usage[tokenClass]),
      costParts: line ? BigInt(line.tokens) * line.rateNanoUsdPerMillion : 0n,
    };
  };
  return {
    ...Object.fromEntries(tokenComponents.map(([component, classes]) => [component, classes.map(amountOf)])),
    units: [
      {
        count: unitLines.reduce((sum, { count }) => sum + BigInt(count), 0n),
        costParts:
          unitLines.reduce((sum, { count, rateNanoUsd }) => sum + BigInt(count) * rateNanoUsd, 0n) *
          partsOfNano,
      },
    ],
  };
}

/** Whether there is anything to be found on the other side: a call that failed at once used nothing. */
export function usedAnything({ usage, unitLines }: Pick<Priced, "usage" | "unitLines">): boolean {
  return Object.values(usage).some((count) => count > 0) || unitLines.length > 0;
}
