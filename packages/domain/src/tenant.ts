/** A tenant: who is served, what it may spend, and what it is charged. */

import type { ContextPolicy } from "./context-policy.ts";
import type { TenantId } from "./ids.ts";
import type { LimitOverride, LimitRule, OverBudgetPolicy } from "./limit.ts";
import type { NanoUsd } from "./money.ts";

export const tenantStatuses = ["active", "suspended"] as const;
export type TenantStatus = (typeof tenantStatuses)[number];

/** What a tenant may use. `version` counts edits, so that a stale copy is never applied over a newer one. */
export interface TenantLimits {
  /** Spend allowed in one calendar month of the tenant's time zone. */
  readonly monthlyCapNanoUsd: NanoUsd;
  readonly requestsPerMinute: number;
  /** Further limits, for the tenant or parts of it; scope `platform` has no place here. */
  readonly rules: readonly LimitRule[];
  readonly overrides: readonly LimitOverride[];
  readonly overBudget: OverBudgetPolicy;
  readonly version: number;
}

/** What a tenant pays on top of the list price, or less than it, from an instant on. */
export interface Markup {
  readonly fromMs: number;
  /** Hundredths of a percent: 1,500 charges 115 % of the list price, -500 charges 95 %. More than -10,000. */
  readonly basisPoints: number;
}

/** An application inference profile of a tenant's own: a name for a model, by which AWS bills the tenant apart. */
export interface TenantInferenceProfile {
  /** Opaque: it does not tell its model. */
  readonly arn: string;
  /** The id it was made from, and is priced by: a model's, or a system profile's such as "us.anthropic.claude-sonnet-5". */
  readonly sourceId: string;
}

export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly status: TenantStatus;
  /** IANA name, for example "Asia/Kolkata": months begin at midnight there. */
  readonly timeZone: string;
  readonly limits: TenantLimits;
  /** Oldest first. Before the first, and without any, the list price is charged. */
  readonly markups: readonly Markup[];
  /** Of several with one source the last is used. */
  readonly inferenceProfiles?: readonly TenantInferenceProfile[];
  /** How its chats are fitted into the window. */
  readonly contextPolicy?: ContextPolicy;
  /** True for tenants that `start` and `--demo` made up. */
  readonly demo: boolean;
  readonly createdAtMs: number;
}

/** The markup (basis points) that holds for a call that arrived at `instantMs`. */
export function markupAt({ markups }: Pick<Tenant, "markups">, instantMs: number): number {
  return markups.findLast(({ fromMs }) => fromMs <= instantMs)?.basisPoints ?? 0;
}
