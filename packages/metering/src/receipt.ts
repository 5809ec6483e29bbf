/** Writes the receipt of a call: its usage, priced line by line. */
import type { TokenUsage } from "@caprock/domain";
import type { LedgerEntry } from "./ledger-store.ts";
import { type ModelPrice, priceUsage } from "./price-book/index.ts";

export interface ReceiptRequest
  extends Omit<LedgerEntry, "usage" | "lines" | "costNanoUsd" | "assumedClasses" | "priceBookVersion"> {
  readonly usage: TokenUsage;
  readonly price: ModelPrice;
  readonly priceBookVersion: string;
}

/** Prices `usage` and returns the whole ledger entry. */
export function writeReceipt({ price, ...entry }: ReceiptRequest): LedgerEntry {
  const priced = priceUsage(price, entry.usage);
  return {
    ...entry,
    lines: priced.lines.map(({ tokenClass, tokens, rateNanoUsdPerMillion }) => ({
      tokenClass,
      tokens,
      rateNanoUsdPerMillion,
    })),
    costNanoUsd: priced.costNanoUsd,
    assumedClasses: priced.assumed,
  };
}
