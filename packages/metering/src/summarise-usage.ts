/** Sums a month by tenant, and by day and model: the figures of an overview. */
import type { NanoUsd, Tenant, TokenUsage } from "@caprock/domain";
import { type AccountStore, heldOn } from "./account-store.ts";
import { monthlyCap } from "./limits.ts";
import { sumUsage, type UsageParts, type UsageRow } from "./reports/query-usage.ts";
import { addFigures, noFigures, type UsageFigures } from "./reports/usage-figures.ts";
import { monthWindow } from "./windows.ts";

export interface TenantUsage {
  readonly tenant: Tenant;
  /** The month's ledger entries with the adjustments of their calls. */
  readonly costNanoUsd: NanoUsd;
  readonly heldNanoUsd: NanoUsd;
  readonly requests: number;
  readonly usage: TokenUsage;
}

/** What one model cost on one day. */
export interface DailyModelUsage {
  readonly day: string;
  readonly modelId: string;
  readonly costNanoUsd: NanoUsd;
  readonly requests: number;
}

export interface UsageSummary {
  readonly tenants: readonly TenantUsage[];
  /** By day, then model. */
  readonly series: readonly DailyModelUsage[];
}

export interface SummaryParts extends UsageParts {
  readonly accounts: Pick<AccountStore, "read">;
}

/**
 * Summarises `month` ("2026-11") as each tenant's own time zone has it, or as `timeZone` has it. What is held is that
 * of the tenant's own month either way: its cap knows no other.
 */
export async function summariseUsage(
  month: string,
  tenants: readonly Tenant[],
  parts: SummaryParts,
  timeZone?: string,
): Promise<UsageSummary> {
  const { rows } = await sumUsage(
    { window: { month }, timeZone, groupBy: ["day", "model", "tenant"] },
    tenants,
    parts,
  );
  return {
    tenants: await Promise.all(tenants.map((tenant) => summaryOf(month, tenant, rows, parts))),
    series: seriesOf(rows),
  };
}

async function summaryOf(
  month: string,
  tenant: Tenant,
  rows: readonly UsageRow[],
  { accounts }: SummaryParts,
): Promise<TenantUsage> {
  const own = rows.filter(({ group }) => group.tenant === tenant.id);
  const figures = own.reduce<UsageFigures>(addFigures, noFigures);
  const { startMs } = monthWindow(month, tenant.timeZone);
  const account = await accounts.read(monthlyCap(tenant, startMs).accountId);
  return {
    tenant,
    costNanoUsd: figures.costNanoUsd + figures.adjustmentNanoUsd,
    heldNanoUsd: account ? heldOn(account) : 0n,
    requests: figures.requests,
    usage: figures.tokens,
  };
}

/** Rows are by day and model already; those of several tenants are joined. */
function seriesOf(rows: readonly UsageRow[]): DailyModelUsage[] {
  const series: DailyModelUsage[] = [];
  for (const { group, costNanoUsd, adjustmentNanoUsd, requests } of rows) {
    const { day = "", model: modelId = "" } = group;
    const last = series.at(-1);
    const sum = last?.day === day && last.modelId === modelId ? series.pop() : undefined;
    series.push({
      day,
      modelId,
      costNanoUsd: (sum?.costNanoUsd ?? 0n) + costNanoUsd + adjustmentNanoUsd,
      requests: (sum?.requests ?? 0) + requests,
    });
  }
  return series;
}
