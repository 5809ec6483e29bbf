/** Sums a month by tenant, and by day and model: the figures of an overview. */
import type { Clock, NanoUsd, Tenant, TenantId, TokenUsage } from "@caprock/domain";
import { type AccountStore, heldOn } from "./account-store.ts";
import { forEachAtOnce } from "./at-once.ts";
import { monthlyCap } from "./limits.ts";
import { sumUsage, type UsageParts, type UsageRow } from "./reports/query-usage.ts";
import { addFigures, noFigures, type UsageFigures } from "./reports/usage-figures.ts";
import { monthWindow, windowAt } from "./windows.ts";

export interface TenantUsage {
  readonly tenant: Tenant;
  /** The month that is summed. */
  readonly month: string;
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
  readonly clock: Clock;
}

/**
 * Summarises `month` ("2026-11") as each tenant's own time zone has it, or as `timeZone` has it; without a month the
 * one that runs there, which around midnight is not the same for all tenants. What is held is that of the tenant's own
 * month either way: its cap knows no other.
 */
export async function summariseUsage(
  month: string | undefined,
  tenants: readonly Tenant[],
  parts: SummaryParts,
  timeZone?: string,
): Promise<UsageSummary> {
  const monthOf = (tenant: Tenant) =>
    month ?? windowAt("month", parts.clock.now(), timeZone ?? tenant.timeZone).label;
  const rows: UsageRow[] = [];
  for (const label of [...new Set(tenants.map(monthOf))].sort()) {
    const inMonth = tenants.filter((tenant) => monthOf(tenant) === label);
    const query = { window: { month: label }, timeZone, groupBy: ["day", "model", "tenant"] } as const;
    rows.push(...(await sumUsage(query, inMonth, parts)).rows);
  }
  const rowsByTenant = new Map<TenantId, UsageRow[]>(tenants.map(({ id }) => [id, []]));
  for (const row of rows) {
    rowsByTenant.get(row.group.tenant ?? "")?.push(row);
  }
  const summaries = new Map<TenantId, TenantUsage>();
  await forEachAtOnce(tenants, async (tenant) => {
    const own = rowsByTenant.get(tenant.id) ?? [];
    summaries.set(tenant.id, await summaryOf(tenant, monthOf(tenant), own, parts));
  });
  return {
    tenants: tenants.flatMap(({ id }) => summaries.get(id) ?? []),
    series: seriesOf(rows),
  };
}

async function summaryOf(
  tenant: Tenant,
  month: string,
  rows: readonly UsageRow[],
  { accounts }: SummaryParts,
): Promise<TenantUsage> {
  const figures = rows.reduce<UsageFigures>(addFigures, noFigures);
  const { startMs } = monthWindow(month, tenant.timeZone);
  const account = await accounts.read(monthlyCap(tenant, startMs).accountId);
  return {
    tenant,
    month,
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
