/** A tenant's limits as accounts: one limit in one window. */
import type { Tenant, TenantId } from "@caprock/domain";
import { type Window, type WindowKind, windowAt } from "./windows.ts";

/** What an account counts: nano-USD or requests. */
export type AccountUnit = "nanoUsd" | "requests";

export interface Limit {
  readonly accountId: string;
  readonly tenantId: TenantId;
  readonly unit: AccountUnit;
  readonly window: Window;
  /** The most that may be settled and held in the window. */
  readonly amount: bigint;
  /** The version of the tenant's limits that `amount` comes from. */
  readonly version: number;
}

/** The monthly spending cap of the month that `instantMs` falls into. */
export function monthlyCap(tenant: Tenant, instantMs: number): Limit {
  return limit(tenant, "nanoUsd", "month", tenant.limits.monthlyCapNanoUsd, instantMs);
}

/**
 * Every limit that a call must fit under; those that are cheapest to explain first. Money is spent in the month in
 * which the call arrived, requests in the minute in which it is let through: its body may have taken a while.
 */
export function limitsOf(tenant: Tenant, nowMs: number, arrivedAtMs = nowMs): readonly Limit[] {
  return [
    limit(tenant, "requests", "minute", BigInt(tenant.limits.requestsPerMinute), nowMs),
    monthlyCap(tenant, arrivedAtMs),
  ];
}

function limit(
  tenant: Tenant,
  unit: AccountUnit,
  kind: WindowKind,
  amount: bigint,
  instantMs: number,
): Limit {
  const window = windowAt(kind, instantMs, tenant.timeZone);
  return {
    accountId: `${tenant.id}#${unit}#${kind}#${window.label}`,
    tenantId: tenant.id,
    unit,
    window,
    amount,
    version: tenant.limits.version,
  };
}
