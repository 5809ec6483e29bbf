/** Ends an override of a tenant's limit before its time. */
import type { Refusal, TenantId } from "@caprock/domain";
import type { TenantOverride } from "./add-override.ts";
import { editTenant, type TenantEditParts } from "./edit-tenant.ts";
import { withoutOverride } from "./overrides.ts";

/** Ends an override that holds, or takes back one to come. Refuses with `not_found`, also when it is over. */
export async function endOverride(
  tenantId: TenantId,
  overrideId: string,
  parts: TenantEditParts,
): Promise<TenantOverride | Refusal> {
  const edit = await editTenant(
    tenantId,
    (current) => {
      const { limits } = current;
      const ended = withoutOverride(limits.overrides, overrideId);
      return "refused" in ended
        ? ended
        : { ...ended, changed: { ...current, limits: { ...limits, overrides: ended.overrides } } };
    },
    parts,
  );
  return "refused" in edit ? edit : { tenant: edit.changed, override: edit.override };
}
