/** Writes the receipt of a call: its usage, priced line by line. */
import type { LedgerEntry } from "./ledger-store.ts";
import { type ModelPrice, priceUsage } from "./price-book/index.ts";

/** A ledger entry without what the price decides. */
export interface ReceiptRequest
  extends Omit<LedgerEntry, "lines" | "costNanoUsd" | "assumedClasses" | "priceBookVersion"> {
  readonly price: ModelPrice;
}

/** Prices the usage and returns the whole ledger entry. */
export function writeReceipt({ price, ...entry }: ReceiptRequest): LedgerEntry {
  const priced = priceUsage(price, entry.usage);
  return {
    ...entry,
    lines: priced.lines,
    costNanoUsd: priced.costNanoUsd,
    assumedClasses: priced.assumed,
    priceBookVersion: price.priceBookVersion,
  };
}
