/**
 * Brings accounts that exist to edited limits at once. Those of an application, a key or a model follow with their
 * next call, and so do all of them should this be cut off.
 */
import type { PlatformLimits, Tenant } from "@caprock/domain";
import { type Limit, platformWideLimits, tenantLimits } from "@caprock/metering";
import type { AdminParts } from "./admin-parts.ts";

export function applyTenantLimits(tenant: Tenant, parts: AdminParts): Promise<void> {
  return apply(tenantLimits(tenant, parts.clock.now()), parts);
}

export function applyPlatformLimits(limits: PlatformLimits, parts: AdminParts): Promise<void> {
  return apply(platformWideLimits(limits, parts.clock.now()), parts);
}

async function apply(limits: readonly Limit[], { accounts }: AdminParts): Promise<void> {
  await Promise.all(limits.map((limit) => accounts.applyLimit(limit)));
}
