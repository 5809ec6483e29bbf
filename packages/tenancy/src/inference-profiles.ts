/** Gives a tenant an application inference profile of its own, and takes it away. */
import {
  type Refusal,
  refusal,
  type Tenant,
  type TenantId,
  type TenantInferenceProfile,
} from "@caprock/domain";
import { editTenant, type TenantEditParts } from "./edit-tenant.ts";

/** A tenant's record is read with every call. */
const mostProfiles = 100;

/** Refuses with `invalid_request` where one profile more would be too many. */
export function checkProfileRoom({ inferenceProfiles = [] }: Tenant): Refusal | undefined {
  const { length } = inferenceProfiles;
  return length >= mostProfiles
    ? refusal({
        code: "invalid_request",
        message: `The tenant has ${length} inference profiles, and more than ${mostProfiles} are not kept.`,
      })
    : undefined;
}

/**
 * From now on the tenant's calls of the profile's source go through it. Adding it again changes nothing. Refuses with
 * `not_found`, or with `invalid_request` where there are too many.
 */
export async function addInferenceProfile(
  tenantId: TenantId,
  profile: TenantInferenceProfile,
  parts: TenantEditParts,
): Promise<Tenant | Refusal> {
  const edit = await editTenant(
    tenantId,
    (current) => {
      const others = (current.inferenceProfiles ?? []).filter(({ arn }) => arn !== profile.arn);
      return (
        checkProfileRoom({ ...current, inferenceProfiles: others }) ?? {
          changed: { ...current, inferenceProfiles: [...others, profile] },
          told: { action: "profile.add", target: profile.arn, change: { ...profile } },
        }
      );
    },
    parts,
  );
  return "refused" in edit ? edit : edit.changed;
}

/** The profile stays at AWS, and the tenant's calls go without it. Refuses with `not_found`. */
export async function removeInferenceProfile(
  tenantId: TenantId,
  arn: string,
  parts: TenantEditParts,
): Promise<Tenant | Refusal> {
  const edit = await editTenant(
    tenantId,
    (current) => {
      const left = (current.inferenceProfiles ?? []).filter((profile) => profile.arn !== arn);
      return left.length === (current.inferenceProfiles ?? []).length
        ? refusal({ code: "not_found", message: `Tenant "${tenantId}" has no inference profile "${arn}".` })
        : {
            changed: { ...current, inferenceProfiles: left },
            told: { action: "profile.remove", target: arn, change: {} },
          };
    },
    parts,
  );
  return "refused" in edit ? edit : edit.changed;
}
