/** Looks at every tenant and the platform, and raises the alerts that their rules call for. */
import { type Clock, monthlyCapId, type PlatformLimits, type Tenant, type TenantId } from "@caprock/domain";
import type { AccountStore } from "../account-store.ts";
import {
  type Limit,
  monthlyCap,
  partLimits,
  platformOwner,
  platformWideLimits,
  type TenantParts,
  tenantLimits,
} from "../limits.ts";
import type { AlertRaiser } from "./alert-raiser.ts";
import { type AlertRuleSet, type AlertRuleStore, defaultAlertRules } from "./alert-rule-set.ts";
import { anomalyAlerts, anomalyHistoryStartMs, type HourlySpend } from "./anomaly-alert.ts";
import { forecastAlert, type MonthForecast } from "./forecast-alert.ts";
import { reachedThresholds } from "./thresholds.ts";

export interface EvaluateParts {
  readonly tenants: () => Promise<readonly Tenant[]>;
  /** Asked of tenants whose parts are watched. */
  readonly partsOf: (tenantId: TenantId) => Promise<TenantParts>;
  readonly platformLimits: () => Promise<PlatformLimits>;
  readonly accounts: Pick<AccountStore, "read">;
  readonly rules: Pick<AlertRuleStore, "read">;
  readonly raiser: AlertRaiser;
  readonly clock: Clock;
  /** Told of a tenant that could not be looked at; the others are, and the next round tries again. */
  readonly onFailure: (what: string, error: unknown) => void;
}

export interface ReportParts extends EvaluateParts {
  /** Undefined while too little is known of the month. */
  readonly forecast: (tenant: Tenant, nowMs: number) => Promise<MonthForecast | undefined>;
  /** A tenant's spend in the whole hours from `startMs` on. */
  readonly hourlySpend: (tenant: Tenant, startMs: number, nowMs: number) => Promise<HourlySpend>;
}

/** Tenants that are looked at at a time. */
const atOnce = 16;

/** Thresholds: one read for each account. Resolves with how many alerts were raised. */
export async function evaluateThresholds(parts: EvaluateParts): Promise<number> {
  const nowMs = parts.clock.now();
  const ofTenants = await forEachTenant(parts, async (tenant, rules) => {
    const watchesParts = rules.thresholds.limits === "parts" && rules.thresholds.percents.length > 0;
    const ofParts = watchesParts ? partLimits(tenant, await parts.partsOf(tenant.id), nowMs) : [];
    return raiseThresholds([...tenantLimits(tenant, nowMs), ...ofParts], rules, parts);
  });
  const ofPlatform = await guarded(platformOwner, parts, async () => {
    const rules = (await parts.rules.read(platformOwner)) ?? defaultAlertRules;
    // The platform has no monthly cap that is its own: whatever limit it was given is one to watch.
    const watched = { ...rules, thresholds: { ...rules.thresholds, limits: "all" as const } };
    const limits = platformWideLimits(await parts.platformLimits(), nowMs);
    return raiseThresholds(limits, watched, parts);
  });
  return ofTenants + ofPlatform;
}

/** Forecasts and unusual spend, from reports: dearer to look at than accounts. Resolves with how many were raised. */
export function evaluateReports(parts: ReportParts): Promise<number> {
  const nowMs = parts.clock.now();
  return forEachTenant(parts, async (tenant, rules) => {
    const cap = monthlyCap(tenant, nowMs);
    const forecast = rules.forecast ? await parts.forecast(tenant, nowMs) : undefined;
    const drafts = forecast ? [forecastAlert(cap, forecast, nowMs) ?? []].flat() : [];
    if (rules.anomaly) {
      const spend = await parts.hourlySpend(tenant, anomalyHistoryStartMs(nowMs), nowMs);
      drafts.push(...anomalyAlerts(tenant, spend, rules.anomaly.floorNanoUsd, nowMs));
    }
    let raised = 0;
    for (const draft of drafts) {
      raised += (await parts.raiser.raise(draft)) ? 1 : 0;
    }
    return raised;
  });
}

async function raiseThresholds(
  limits: readonly Limit[],
  { thresholds }: AlertRuleSet,
  { accounts, raiser }: EvaluateParts,
): Promise<number> {
  const watched = limits.filter(
    ({ limitId, window }) =>
      // A minute's limit is full and empty again before anyone has read of it.
      window !== undefined &&
      window.kind !== "minute" &&
      (thresholds.limits !== "monthly-cap" || limitId === monthlyCapId),
  );
  let raised = 0;
  for (const limit of thresholds.percents.length === 0 ? [] : watched) {
    const account = await accounts.read(limit.accountId);
    for (const draft of account ? reachedThresholds(limit, account, thresholds) : []) {
      raised += (await raiser.raise(draft)) ? 1 : 0;
    }
  }
  return raised;
}

async function forEachTenant(
  parts: EvaluateParts,
  look: (tenant: Tenant, rules: AlertRuleSet) => Promise<number>,
): Promise<number> {
  const waiting = [...(await parts.tenants())];
  let raised = 0;
  const lookOn = async () => {
    for (let tenant = waiting.pop(); tenant !== undefined; tenant = waiting.pop()) {
      const next = tenant;
      raised += await guarded(next.id, parts, async () =>
        look(next, (await parts.rules.read(next.id)) ?? defaultAlertRules),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lookOn));
  return raised;
}

async function guarded(
  what: string,
  { onFailure }: EvaluateParts,
  look: () => Promise<number>,
): Promise<number> {
  try {
    return await look();
  } catch (error) {
    onFailure(what, error);
    return 0;
  }
}
