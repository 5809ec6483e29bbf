/** Gives a tenant's limit another amount for a while. */
import type { LimitOverride, Refusal, Tenant, TenantId } from "@caprock/domain";
import { editTenant, type TenantEditParts } from "./edit-tenant.ts";
import { type NewOverride, unitsOfTenant, withOverride } from "./overrides.ts";

/** An override that came or went, and the tenant after that. */
export interface TenantOverride {
  readonly tenant: Tenant;
  readonly override: LimitOverride;
}

/**
 * Adds an override in the name of `parts.actor`; it begins and ends by the clock. Refuses with `not_found` or
 * `invalid_request`, for example for a limit that is not there, an end in the past or a 51st override.
 */
export async function addOverride(
  tenantId: TenantId,
  wanted: NewOverride,
  parts: TenantEditParts,
): Promise<TenantOverride | Refusal> {
  const { random, actor: author } = parts;
  const edit = await editTenant(
    tenantId,
    (current, nowMs) => {
      const { limits } = current;
      const added = withOverride(limits.overrides, wanted, unitsOfTenant(limits), { nowMs, random, author });
      return "refused" in added
        ? added
        : { ...added, changed: { ...current, limits: { ...limits, overrides: added.overrides } } };
    },
    parts,
  );
  return "refused" in edit ? edit : { tenant: edit.changed, override: edit.override };
}
