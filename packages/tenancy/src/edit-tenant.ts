/** The one way in which a tenant's record is changed: read, told, written if nobody was faster. */
import { CaprockError, type Refusal, refusal, type Tenant, type TenantId } from "@caprock/domain";
import { liveOverrides } from "./overrides.ts";
import { type ChangeParts, recordChange, type ToldChange } from "./record-change.ts";
import type { TenantStore } from "./stores.ts";

export interface TenantEditParts extends ChangeParts {
  readonly tenants: TenantStore;
}

/** What a tenant is to be, and what is told of it. */
export interface TenantEdit {
  readonly changed: Tenant;
  readonly told: ToldChange;
}

const attempts = 5;

/**
 * Applies an edit over whatever the tenant is at that moment. Each try is told with the `version` that it makes,
 * so that of two entries with one version the later tries show which one lost. Overrides that are over are
 * dropped. Refuses with `not_found` or as `edit` does; throws `conflict` when others were faster five times over.
 */
export async function editTenant<Edit extends TenantEdit>(
  id: TenantId,
  edit: (current: Tenant, nowMs: number) => Edit | Refusal,
  parts: TenantEditParts,
): Promise<Edit | Refusal> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const stored = await parts.tenants.read(id);
    if (!stored) {
      return tenantNotFound(id);
    }
    const nowMs = parts.clock.now();
    const edited = edit(withoutEnded(stored, nowMs), nowMs);
    if ("refused" in edited) {
      return edited;
    }
    const version = stored.limits.version + 1;
    const changed = { ...edited.changed, limits: { ...edited.changed.limits, version } };
    const { told } = edited;
    await recordChange(id, { ...told, change: { ...told.change, version } }, parts);
    if (await parts.tenants.replace(changed)) {
      return { ...edited, changed };
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

function withoutEnded(tenant: Tenant, nowMs: number): Tenant {
  const overrides = liveOverrides(tenant.limits.overrides, nowMs);
  return { ...tenant, limits: { ...tenant.limits, overrides } };
}
