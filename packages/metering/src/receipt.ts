/** Writes the receipt of a call: its usage, priced line by line, and what the tenant is charged for it. */
import { divideRoundingUp, type NanoUsd } from "@caprock/domain";
import type { LedgerEntry } from "./ledger-store.ts";
import { type ModelPrice, priceUsage, type UnitCounts } from "./price-book/index.ts";

/** A ledger entry without what the price decides. */
export type ReceiptRequest = Omit<
  LedgerEntry,
  "lines" | "unitLines" | "listCostNanoUsd" | "costNanoUsd" | "assumedClasses" | "priceBookVersion"
>;

/** Prices the usage, and the `units` of what is billed by the piece, and returns the whole ledger entry. */
export function writeReceipt(call: ReceiptRequest, price: ModelPrice, units?: UnitCounts): LedgerEntry {
  const priced = priceUsage(price, call.usage, units);
  // Not a spread with members behind it: V8 takes ten times as long to add members to a copy of so many.
  return Object.assign({}, call, {
    lines: priced.lines,
    unitLines: priced.unitLines,
    listCostNanoUsd: priced.costNanoUsd,
    costNanoUsd: charged(priced.costNanoUsd, call.markupBasisPoints),
    assumedClasses: priced.assumed,
    priceBookVersion: price.priceBookVersion,
  });
}

const basisPointsOfWhole = 10_000n;

/** A list cost with a markup (basis points), rounded up to the nano. Never less for a greater cost. */
export function charged(listCostNanoUsd: NanoUsd, markupBasisPoints: number): NanoUsd {
  return divideRoundingUp(
    listCostNanoUsd * (basisPointsOfWhole + BigInt(markupBasisPoints)),
    basisPointsOfWhole,
  );
}
