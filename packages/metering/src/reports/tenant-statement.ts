/** What a tenant's statement of a month says. */
import type { NanoUsd, Tenant } from "@caprock/domain";
import type { AccountStore } from "../account-store.ts";
import type { Adjustment, AdjustmentStore } from "../adjustments/adjustment-store.ts";
import type { ClosedMonth, ClosedMonthStore } from "../closed-months/closed-month-store.ts";
import { monthlyCap } from "../limits.ts";
import { monthWindow } from "../windows.ts";
import type { CellParts } from "./list-cells.ts";
import { sumUsage, type UsageDimension, type UsageRow } from "./query-usage.ts";
import { addFigures, noFigures, type UsageFigures } from "./usage-figures.ts";

export interface StatementParts extends CellParts {
  readonly accounts: Pick<AccountStore, "read">;
  readonly adjustments: Pick<AdjustmentStore, "billedIn">;
  readonly closedMonths: Pick<ClosedMonthStore, "find">;
}

export interface TenantStatement {
  readonly tenant: Tenant;
  readonly month: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The cap that held for the month. */
  readonly capNanoUsd: NanoUsd;
  /** The month's ledger entries, without adjustments. */
  readonly figures: UsageFigures;
  readonly byApplication: readonly UsageRow[];
  readonly byKey: readonly UsageRow[];
  readonly byModel: readonly UsageRow[];
  /** The first of the adjustments that count in the month's bill, and how many and what all of them come to. */
  readonly adjustments: readonly Adjustment[];
  readonly adjustmentCount: number;
  readonly adjustmentNanoUsd: NanoUsd;
  /** Entries and adjustments together. */
  readonly billNanoUsd: NanoUsd;
  /** Absent while the month can still change. */
  readonly closed?: ClosedMonth;
}

/** Adjustments that a statement lists one by one. */
const listedAdjustments = 500;

/** The month "2026-11" of the tenant's time zone. */
export async function tenantStatement(
  tenant: Tenant,
  month: string,
  parts: StatementParts,
): Promise<TenantStatement> {
  const { startMs, endMs } = monthWindow(month, tenant.timeZone);
  const capLimit = monthlyCap(tenant, startMs);
  const account = await parts.accounts.read(capLimit.accountId);
  const closed = await parts.closedMonths.find(tenant.id, month);
  const { rows, totals } = await sumUsage(
    { window: { month }, groupBy: ["application", "key", "model"] },
    [tenant],
    { ...parts, adjustments: noAdjustments },
  );
  const adjustments: Adjustment[] = [];
  let adjustmentCount = 0;
  let adjustmentNanoUsd = 0n;
  for await (const adjustment of parts.adjustments.billedIn(tenant.id, month)) {
    adjustmentCount += 1;
    adjustmentNanoUsd += adjustment.deltaNanoUsd;
    if (adjustments.length < listedAdjustments) {
      adjustments.push(adjustment);
    }
  }
  return {
    tenant,
    month,
    startMs,
    endMs,
    capNanoUsd: account?.limit ?? capLimit.amount,
    figures: totals,
    byApplication: sumBy("application", rows),
    byKey: sumBy("key", rows),
    byModel: sumBy("model", rows),
    adjustments,
    adjustmentCount,
    adjustmentNanoUsd,
    billNanoUsd: totals.costNanoUsd + adjustmentNanoUsd,
    ...(closed && { closed }),
  };
}

/** A bill lists the adjustments that count in it, not those of its calls; see `billedMonthOf`. */
const noAdjustments: Pick<AdjustmentStore, "ofCalls"> = {
  async *ofCalls() {},
};

/** Rows of several dimensions, summed up for each value of one. */
function sumBy(dimension: UsageDimension, rows: readonly UsageRow[]): readonly UsageRow[] {
  const sums = new Map<string, UsageRow>();
  for (const row of rows) {
    const value = row.group[dimension] ?? "";
    const sum = addFigures(sums.get(value) ?? noFigures, row);
    sums.set(value, { group: { [dimension]: value }, ...sum });
  }
  return [...sums.values()].sort((a, b) =>
    (a.group[dimension] ?? "") < (b.group[dimension] ?? "") ? -1 : 1,
  );
}
