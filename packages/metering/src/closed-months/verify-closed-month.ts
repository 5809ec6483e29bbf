/** Checks that the ledger still holds what a closed month says. */

import { canonicalJson } from "@caprock/domain";
import type { ClosedMonth, MonthFigures } from "./closed-month-store.ts";
import { type MonthFiguresParts, monthFigures } from "./month-figures.ts";

/** A figure of which the ledger now says something else than when the month was closed; canonical JSON. */
export interface MonthDifference {
  readonly figure: keyof MonthFigures;
  readonly closed: string;
  readonly found: string;
}

/** Counts and hashes the month again. What differs; nothing when all is as it was closed. */
export async function verifyClosedMonth(
  closed: ClosedMonth,
  parts: MonthFiguresParts,
): Promise<readonly MonthDifference[]> {
  const { tenantId, month, startMs, endMs } = closed;
  const figures = await monthFigures(tenantId, { label: month, startMs, endMs }, parts);
  return (Object.keys(figures) as (keyof MonthFigures)[])
    .map((figure) => ({
      figure,
      closed: canonicalJson(closed[figure]),
      found: canonicalJson(figures[figure]),
    }))
    .filter((each) => each.closed !== each.found);
}
