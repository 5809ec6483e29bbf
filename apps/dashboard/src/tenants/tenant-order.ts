/** Searches and sorts the list of tenants. */
import type { TenantView, UsageSummaryView } from "@caprock/contract";
import { nanoUsdOf } from "../format/money.ts";

/** A tenant and what it has spent in the running month; undefined while that is not known. */
export interface TenantRow {
  readonly tenant: TenantView;
  readonly spentNanoUsd: bigint | undefined;
}

export const tenantColumns = ["name", "status", "cap", "spent", "rate", "timeZone", "created"] as const;
export type TenantColumn = (typeof tenantColumns)[number];

/** Puts each tenant together with its spend. */
export function tenantRows(tenants: readonly TenantView[], usage: UsageSummaryView | undefined): TenantRow[] {
  const spent = new Map(usage?.tenants.map(({ tenantId, costUsd }) => [tenantId, nanoUsdOf(costUsd)]));
  return tenants.map((tenant) => ({
    tenant,
    spentNanoUsd: usage === undefined ? undefined : (spent.get(tenant.id) ?? 0n),
  }));
}

/** The tenants whose name or id contains the text, whatever the case. */
export function searchTenants(rows: readonly TenantRow[], text: string): TenantRow[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter(({ tenant }) => `${tenant.name}\n${tenant.id}`.toLowerCase().includes(wanted));
}

/** The rows by a column, ties by name. */
export function sortTenants(
  rows: readonly TenantRow[],
  column: TenantColumn,
  descending: boolean,
): TenantRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort(
    (a, b) =>
      sign * compare(keyOf(a, column), keyOf(b, column)) || a.tenant.name.localeCompare(b.tenant.name),
  );
}

function keyOf({ tenant, spentNanoUsd }: TenantRow, column: TenantColumn): string | number | bigint {
  switch (column) {
    case "name":
      return tenant.name.toLowerCase();
    case "status":
      return tenant.status;
    case "cap":
      return nanoUsdOf(tenant.monthlyCapUsd);
    case "spent":
      return spentNanoUsd ?? -1n;
    case "rate":
      return tenant.requestsPerMinute;
    case "timeZone":
      return tenant.timeZone;
    case "created":
      return tenant.createdAt;
  }
}

function compare(a: string | number | bigint, b: string | number | bigint): number {
  if (typeof a === "string" && typeof b === "string") {
    return a.localeCompare(b);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
