/** Limits: what is counted, over which stretch of time, for whom, and how much of it may be used. */
import type { ModelId } from "./model.ts";

/** Whom a limit binds: everyone, one tenant, or one part of a tenant. */
export const limitScopes = ["platform", "tenant", "application", "key", "model"] as const;
export type LimitScope = (typeof limitScopes)[number];

/** What a limit counts. `concurrency` counts calls that are running now, and has no window. */
export const limitUnits = ["nanoUsd", "tokens", "requests", "concurrency"] as const;
export type LimitUnit = (typeof limitUnits)[number];

/** Days, weeks (from Monday) and months are those of the tenant's time zone; minutes are everyone's. */
export const limitWindows = ["minute", "day", "week", "month"] as const;
export type LimitWindow = (typeof limitWindows)[number];

/** Names a limit of a tenant: `monthly-cap`, `requests-per-minute`, or the id of a rule. */
export type LimitId = string;

/** The two limits that every tenant has. */
export const monthlyCapId: LimitId = "monthly-cap";
export const requestsPerMinuteId: LimitId = "requests-per-minute";

export const limitIdPattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** A limit besides the two that every tenant has. */
export interface LimitRule {
  /** Chosen by who adds it; see `limitIdPattern`. */
  readonly id: LimitId;
  readonly scope: LimitScope;
  /**
   * Which application, key or model it binds. Absent for the scopes platform and tenant; absent for the others,
   * it binds each application, key or model by itself, except those that a rule of the same kind names.
   */
  readonly of?: string;
  readonly unit: LimitUnit;
  /** Absent for `concurrency` only. */
  readonly window?: LimitWindow;
  /** Nano-USD, tokens, requests, or calls at once. */
  readonly amount: bigint;
}

/** Another amount for a limit, for a while. Of several that hold at once the one that was added last counts. */
export interface LimitOverride {
  /** Names it among its owner's, so that it can be ended early. */
  readonly id: string;
  readonly limitId: LimitId;
  readonly amount: bigint;
  readonly fromMs: number;
  /** The first instant at which it no longer holds. */
  readonly untilMs: number;
  /** Who set it. */
  readonly author: string;
  readonly reason: string;
}

/** The override that holds for a limit at an instant. */
export function overrideAt(
  overrides: readonly LimitOverride[],
  limitId: LimitId,
  instantMs: number,
): LimitOverride | undefined {
  return overrides.findLast(
    (one) => one.limitId === limitId && one.fromMs <= instantMs && instantMs < one.untilMs,
  );
}

/** What becomes of a call that its tenant's budget does not cover. */
export type OverBudgetPolicy =
  | { readonly kind: "refuse" }
  /** It waits a little for money that calls in flight hold and may give back; then it is refused as a rate limit. */
  | { readonly kind: "throttle" }
  /** It is asked of a cheaper model, if that fits. */
  | { readonly kind: "fall-back"; readonly modelId: ModelId };

/** The platform's own limits, over all tenants together. `version` counts edits. */
export interface PlatformLimits {
  /** Scopes `platform` and `model` only. */
  readonly rules: readonly LimitRule[];
  readonly overrides: readonly LimitOverride[];
  /** IANA name; the days, weeks and months of these limits begin at midnight there. */
  readonly timeZone: string;
  readonly version: number;
}

export const noPlatformLimits: PlatformLimits = { rules: [], overrides: [], timeZone: "UTC", version: 0 };
