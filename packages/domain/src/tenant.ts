/** A tenant: who is served, and what it may spend. */

import type { TenantId } from "./ids.ts";
import type { NanoUsd } from "./money.ts";

export const tenantStatuses = ["active", "suspended"] as const;
export type TenantStatus = (typeof tenantStatuses)[number];

/** What a tenant may use. `version` counts edits, so that a stale copy is never applied over a newer one. */
export interface TenantLimits {
  /** Spend allowed in one calendar month of the tenant's time zone. */
  readonly monthlyCapNanoUsd: NanoUsd;
  readonly requestsPerMinute: number;
  readonly version: number;
}

export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly status: TenantStatus;
  /** IANA name, for example "Asia/Kolkata": months begin at midnight there. */
  readonly timeZone: string;
  readonly limits: TenantLimits;
  /** True for tenants that `start` and `--demo` made up. */
  readonly demo: boolean;
  readonly createdAtMs: number;
}
