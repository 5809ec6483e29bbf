/** Adds up what is billed by the piece. */
import { type BilledUnit, billedUnits, type UnitCounts } from "./model-price.ts";

/** Sums two counts unit by unit; units of which there are none are left out. */
export function addUnits(a: UnitCounts, b: UnitCounts = {}): UnitCounts {
  const sums: Partial<Record<BilledUnit, number>> = {};
  for (const unit of billedUnits) {
    const sum = (a[unit] ?? 0) + (b[unit] ?? 0);
    if (sum > 0) {
      sums[unit] = sum;
    }
  }
  return sums;
}
