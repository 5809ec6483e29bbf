/** Changes a tenant. */
import {
  CaprockError,
  type Refusal,
  refusal,
  type Tenant,
  type TenantId,
  type TenantStatus,
} from "@caprock/domain";
import type { TenantStore } from "./stores.ts";

export interface TenantChange {
  readonly name?: string | undefined;
  readonly status?: TenantStatus | undefined;
  readonly monthlyCapNanoUsd?: bigint | undefined;
  readonly requestsPerMinute?: number | undefined;
}

const attempts = 5;

/**
 * Applies a change over whatever the tenant is at that moment: two admins who change different things both
 * succeed. Refuses with `not_found`; throws `conflict` when others were faster five times over.
 */
export async function updateTenant(
  id: TenantId,
  change: TenantChange,
  { tenants }: { readonly tenants: TenantStore },
): Promise<Tenant | Refusal> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const current = await tenants.read(id);
    if (!current) {
      return tenantNotFound(id);
    }
    const changed: Tenant = {
      ...current,
      name: change.name ?? current.name,
      status: change.status ?? current.status,
      limits: {
        monthlyCapNanoUsd: change.monthlyCapNanoUsd ?? current.limits.monthlyCapNanoUsd,
        requestsPerMinute: change.requestsPerMinute ?? current.limits.requestsPerMinute,
        version: current.limits.version + 1,
      },
    };
    if (await tenants.replace(changed)) {
      return changed;
    }
  }
  throw new CaprockError({
    code: "conflict",
    message: `Tenant ${id} is being changed by others. Try again.`,
  });
}

export function tenantNotFound(id: TenantId): Refusal {
  return refusal({ code: "not_found", message: `There is no tenant "${id}".` });
}
