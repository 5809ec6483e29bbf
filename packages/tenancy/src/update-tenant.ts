/** Changes a tenant. */
import {
  type ContextPolicy,
  type LimitRule,
  type Markup,
  type OverBudgetPolicy,
  type Refusal,
  refusal,
  type Tenant,
  type TenantId,
  type TenantLimits,
  type TenantStatus,
} from "@caprock/domain";
import { checkLimitRules } from "./check-limit-rules.ts";
import { editTenant, type TenantEdit, type TenantEditParts } from "./edit-tenant.ts";
import { unitsOfTenant, withoutGoneLimits } from "./overrides.ts";

/** Absent members stay as they are. The time zone is not among them: months that have begun would be cut anew. */
export interface TenantChange {
  readonly name?: string | undefined;
  readonly status?: TenantStatus | undefined;
  readonly monthlyCapNanoUsd?: bigint | undefined;
  readonly requestsPerMinute?: number | undefined;
  /** All rules as they are to be. Overrides of a limit that goes, or that counts something else now, go with it. */
  readonly rules?: readonly LimitRule[] | undefined;
  readonly overBudget?: OverBudgetPolicy | undefined;
  /** The whole policy as it is to be. */
  readonly contextPolicy?: ContextPolicy | undefined;
  /** From `fromMs` on, or from now on; whatever was planned from then on is replaced. */
  readonly markup?: { readonly basisPoints: number; readonly fromMs?: number | undefined } | undefined;
  /** The version that was read: the change is refused with `conflict` when it is not the present one any more. */
  readonly version?: number | undefined;
}

/** Below this the list price would be charged less than nothing. */
const leastBasisPoints = -9_999;

/**
 * Applies a change over whatever the tenant is at that moment: two admins who change different things both
 * succeed. Refuses with `not_found`, `invalid_request` or `conflict`; throws `conflict` when others were faster
 * five times over.
 */
export async function updateTenant(
  id: TenantId,
  change: TenantChange,
  parts: TenantEditParts,
): Promise<Tenant | Refusal> {
  const edit = await editTenant(id, (current, nowMs) => editOf(current, change, nowMs), parts);
  return "refused" in edit ? edit : edit.changed;
}

function editOf(current: Tenant, change: TenantChange, nowMs: number): TenantEdit | Refusal {
  const { version: seen, ...wanted } = change;
  if (seen !== undefined && seen !== current.limits.version) {
    return refusal({
      code: "conflict",
      message: `The tenant is at version ${current.limits.version}; version ${seen} was changed. Read it again.`,
      param: "version",
    });
  }
  const wrong =
    (change.rules && checkLimitRules(change.rules, "tenant")) ??
    (change.markup && checkMarkup(change.markup, nowMs));
  if (wrong) {
    return wrong;
  }
  const contextPolicy = change.contextPolicy ?? current.contextPolicy;
  const markup = change.markup && { ...change.markup, fromMs: change.markup.fromMs ?? nowMs };
  return {
    changed: {
      ...current,
      name: change.name ?? current.name,
      status: change.status ?? current.status,
      limits: changedLimits(current.limits, change),
      ...(contextPolicy ? { contextPolicy } : {}),
      markups: markup
        ? [...current.markups.filter(({ fromMs }) => fromMs < markup.fromMs), markup]
        : current.markups,
    },
    told: { action: "tenant.update", target: current.id, change: { ...wanted, markup } },
  };
}

function changedLimits(current: TenantLimits, change: TenantChange): TenantLimits {
  const rules = change.rules ?? current.rules;
  return {
    ...current,
    monthlyCapNanoUsd: change.monthlyCapNanoUsd ?? current.monthlyCapNanoUsd,
    requestsPerMinute: change.requestsPerMinute ?? current.requestsPerMinute,
    rules,
    overrides: withoutGoneLimits(current.overrides, unitsOfTenant(current), unitsOfTenant({ rules })),
    overBudget: change.overBudget ?? current.overBudget,
  };
}

function checkMarkup(
  { basisPoints, fromMs = Number.POSITIVE_INFINITY }: Partial<Markup> & Pick<Markup, "basisPoints">,
  nowMs: number,
): Refusal | undefined {
  const wrong = (member: string, what: string) =>
    refusal({
      code: "invalid_request",
      message: `markup.${member}: ${what}.`,
      param: `markup.${member}`,
    });
  if (!Number.isInteger(basisPoints) || basisPoints < leastBasisPoints) {
    return wrong("basisPoints", `must be a whole number of at least ${leastBasisPoints}`);
  }
  return fromMs < nowMs
    ? wrong("from", "must not be in the past; leave it out for a markup from now on")
    : undefined;
}
