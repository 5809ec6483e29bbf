/** Creates a tenant. */
import { newTenantId, type Tenant } from "@caprock/domain";
import { type ChangeParts, recordChange } from "./record-change.ts";
import type { TenantStore } from "./stores.ts";

export interface NewTenant {
  readonly name: string;
  readonly timeZone: string;
  readonly monthlyCapNanoUsd: bigint;
  readonly requestsPerMinute: number;
  readonly demo?: boolean;
}

export interface TenancyParts extends ChangeParts {
  readonly tenants: TenantStore;
}

/** Creates an active tenant with limits of version 1. */
export async function createTenant(wanted: NewTenant, parts: TenancyParts): Promise<Tenant> {
  const tenant: Tenant = {
    id: newTenantId(parts.random),
    name: wanted.name,
    status: "active",
    timeZone: wanted.timeZone,
    limits: {
      monthlyCapNanoUsd: wanted.monthlyCapNanoUsd,
      requestsPerMinute: wanted.requestsPerMinute,
      rules: [],
      overrides: [],
      overBudget: { kind: "refuse" },
      version: 1,
    },
    markups: [],
    demo: wanted.demo ?? false,
    createdAtMs: parts.clock.now(),
  };
  const { name, timeZone, monthlyCapNanoUsd, requestsPerMinute, demo } = wanted;
  await recordChange(
    tenant.id,
    {
      action: "tenant.create",
      target: tenant.id,
      change: { name, timeZone, monthlyCapNanoUsd, requestsPerMinute, demo, version: 1 },
    },
    parts,
  );
  await parts.tenants.create(tenant);
  return tenant;
}
