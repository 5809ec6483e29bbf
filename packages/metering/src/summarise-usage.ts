/** Sums a month of the ledger by tenant, and by day and model. */
import { addUsage, type NanoUsd, noTokens, type Tenant, type TokenUsage } from "@caprock/domain";
import { type AccountStore, heldOn } from "./account-store.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { dayLabel, monthWindow } from "./windows.ts";

export interface TenantUsage {
  readonly tenant: Tenant;
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

export interface SummaryParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
}

/**
 * Summarises `month` ("2026-11") as each tenant's own time zone has it. Reads every entry of the month: exact,
 * and fit for a month of thousands of requests.
 */
export async function summariseUsage(
  month: string,
  tenants: readonly Tenant[],
  parts: SummaryParts,
): Promise<UsageSummary> {
  const series = new Map<string, DailyModelUsage>();
  const summaries = await Promise.all(tenants.map((tenant) => summariseTenant(month, tenant, series, parts)));
  return {
    tenants: summaries,
    series: [...series.values()].sort(
      (a, b) => a.day.localeCompare(b.day) || a.modelId.localeCompare(b.modelId),
    ),
  };
}

async function summariseTenant(
  month: string,
  tenant: Tenant,
  series: Map<string, DailyModelUsage>,
  { accounts, ledger }: SummaryParts,
): Promise<TenantUsage> {
  const window = monthWindow(month, tenant.timeZone);
  let costNanoUsd = 0n;
  let requests = 0;
  let usage = noTokens;
  for await (const entry of ledger.list(tenant.id, window)) {
    costNanoUsd += entry.costNanoUsd;
    requests += 1;
    usage = addUsage(usage, entry.usage);
    const day = dayLabel(entry.arrivedAtMs, tenant.timeZone);
    const key = `${day} ${entry.modelId}`;
    const sum = series.get(key);
    series.set(key, {
      day,
      modelId: entry.modelId,
      costNanoUsd: (sum?.costNanoUsd ?? 0n) + entry.costNanoUsd,
      requests: (sum?.requests ?? 0) + 1,
    });
  }
  const account = await accounts.read(`${tenant.id}#nanoUsd#month#${window.label}`);
  return { tenant, costNanoUsd, heldNanoUsd: account ? heldOn(account) : 0n, requests, usage };
}
