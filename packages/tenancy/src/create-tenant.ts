/** Creates a tenant. */
import { type Clock, newTenantId, type Random, type Tenant } from "@caprock/domain";
import type { TenantStore } from "./stores.ts";

export interface NewTenant {
  readonly name: string;
  readonly timeZone: string;
  readonly monthlyCapNanoUsd: bigint;
  readonly requestsPerMinute: number;
  readonly demo?: boolean;
}

export interface TenancyParts {
  readonly tenants: TenantStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Creates an active tenant with limits of version 1. */
export async function createTenant(
  wanted: NewTenant,
  { tenants, clock, random }: TenancyParts,
): Promise<Tenant> {
  const tenant: Tenant = {
    id: newTenantId(random),
    name: wanted.name,
    status: "active",
    timeZone: wanted.timeZone,
    limits: {
      monthlyCapNanoUsd: wanted.monthlyCapNanoUsd,
      requestsPerMinute: wanted.requestsPerMinute,
      version: 1,
    },
    demo: wanted.demo ?? false,
    createdAtMs: clock.now(),
  };
  await tenants.create(tenant);
  return tenant;
}
