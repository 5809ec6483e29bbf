/** A call's limits as accounts: each limit, in the window that the call falls into. */
import {
  type ApiKeyId,
  type LimitId,
  type LimitOverride,
  type LimitRule,
  type LimitScope,
  type LimitUnit,
  type LimitWindow,
  type ModelId,
  monthlyCapId,
  overrideAt,
  type PlatformLimits,
  requestsPerMinuteId,
  type Tenant,
  type TenantId,
} from "@caprock/domain";
import { type Window, windowAt } from "./windows.ts";

/** Whose accounts are the platform's own: no tenant id looks like it. */
export const platformOwner = "platform";

/** What an account is to be: its name, what it counts, and how much it may hold. */
export interface AccountLimit {
  readonly accountId: string;
  readonly owner: TenantId | typeof platformOwner;
  readonly scope: LimitScope;
  /** The application, key or model it binds; absent for a whole tenant and the whole platform. */
  readonly of?: string;
  readonly unit: LimitUnit;
  /** Absent for concurrency, which counts what runs now. */
  readonly window?: Window;
  /** The most that may be settled and held in the window. */
  readonly amount: bigint;
  /** Grows with every edit of the limits and with every override that begins or ends. */
  readonly version: number;
}

/** One limit in one window. */
export interface Limit extends AccountLimit {
  readonly limitId: LimitId;
}

/** Who calls, what for, and when: everything that decides which limits bind. */
export interface LimitedCall {
  readonly tenant: Tenant;
  readonly platform: PlatformLimits;
  readonly apiKeyId: ApiKeyId;
  readonly application: string;
  readonly modelId: ModelId;
  /** Decides the day, week and month that pay, as it does the ledger's. */
  readonly arrivedAtMs: number;
  /** Decides the minute: a body may have taken a while to arrive. */
  readonly nowMs: number;
}

/**
 * Every limit that the call must fit under: the cheapest to wait for first, the platform's last. `at` finds windows as
 * `windowAt` does.
 */
export function limitsOf(call: LimitedCall, at: FindWindow = windowAt): readonly Limit[] {
  const { tenant, platform } = call;
  const owned = [...baseRules(tenant), ...tenant.limits.rules];
  return [
    ...limitsOfOwner(tenant.id, owned, { ...tenant.limits, timeZone: tenant.timeZone }, call, at),
    ...limitsOfOwner(platformOwner, platform.rules, platform, call, at),
  ].sort((a, b) => waitOf(a) - waitOf(b));
}

/** The limits of a tenant as a whole, at an instant: what an edit of them changes at once. */
export function tenantLimits(tenant: Tenant, nowMs: number): readonly Limit[] {
  const rules = [...baseRules(tenant), ...tenant.limits.rules].filter(({ scope }) => scope === "tenant");
  const source = { ...tenant.limits, timeZone: tenant.timeZone };
  return rules.map((rule) => toLimit(tenant.id, rule, undefined, source, nowMs, nowMs));
}

/** The applications and keys that a tenant has: what limits for each of them are of. */
export interface TenantParts {
  readonly applications: readonly string[];
  readonly apiKeyIds: readonly ApiKeyId[];
}

/**
 * The limits of a tenant's parts, at an instant: of each application and key that it has, and of whatever a rule names.
 * A rule for each model tells no model, so that only those by name are among them.
 */
export function partLimits(
  tenant: Tenant,
  { applications, apiKeyIds }: TenantParts,
  nowMs: number,
): readonly Limit[] {
  const { rules } = tenant.limits;
  const source = { ...tenant.limits, timeZone: tenant.timeZone };
  return rules
    .filter(({ scope }) => scope !== "tenant")
    .flatMap((rule) => {
      const each = rule.scope === "application" ? applications : rule.scope === "key" ? apiKeyIds : [];
      const parts =
        rule.of === undefined ? each.filter((part) => !isNamedByAnother(rule, part, rules)) : [rule.of];
      return parts.map((part) => toLimit(tenant.id, rule, part, source, nowMs, nowMs));
    });
}

/** The limits of the platform as a whole, at an instant: what an edit of them changes at once. */
export function platformWideLimits(platform: PlatformLimits, nowMs: number): readonly Limit[] {
  return platform.rules
    .filter(({ scope }) => scope === "platform")
    .map((rule) => toLimit(platformOwner, rule, undefined, platform, nowMs, nowMs));
}

/** The monthly spending cap of the month that `instantMs` falls into. */
export function monthlyCap(tenant: Tenant, instantMs: number): Limit {
  const source = { ...tenant.limits, timeZone: tenant.timeZone };
  return toLimit(tenant.id, monthlyCapRule(tenant), undefined, source, instantMs, instantMs);
}

type FindWindow = typeof windowAt;

interface LimitSource {
  readonly overrides: readonly LimitOverride[];
  readonly timeZone: string;
  readonly version: number;
}

function baseRules(tenant: Tenant): readonly LimitRule[] {
  return [
    {
      id: requestsPerMinuteId,
      scope: "tenant",
      unit: "requests",
      window: "minute",
      amount: BigInt(tenant.limits.requestsPerMinute),
    },
    monthlyCapRule(tenant),
  ];
}

function monthlyCapRule({ limits }: Tenant): LimitRule {
  return {
    id: monthlyCapId,
    scope: "tenant",
    unit: "nanoUsd",
    window: "month",
    amount: limits.monthlyCapNanoUsd,
  };
}

function limitsOfOwner(
  owner: Limit["owner"],
  rules: readonly LimitRule[],
  source: LimitSource,
  call: LimitedCall,
  at: FindWindow,
): Limit[] {
  return rules.flatMap((rule) => {
    const part = partOf(rule.scope, call);
    if (rule.of === undefined ? isNamedByAnother(rule, part, rules) : rule.of !== part) {
      return [];
    }
    return [toLimit(owner, rule, part, source, call.nowMs, call.arrivedAtMs, at)];
  });
}

/** The part of the tenant, or of the platform, that a call counts to in a scope. */
function partOf(scope: LimitScope, { application, apiKeyId, modelId }: LimitedCall): string | undefined {
  switch (scope) {
    case "application":
      return application;
    case "key":
      return apiKeyId;
    case "model":
      return modelId;
    default:
      return undefined;
  }
}

/** A rule for each part gives way to one of the same kind that names the part. */
function isNamedByAnother(rule: LimitRule, part: string | undefined, rules: readonly LimitRule[]): boolean {
  return rules.some(
    (other) =>
      part !== undefined &&
      other.of === part &&
      other.scope === rule.scope &&
      other.unit === rule.unit &&
      other.window === rule.window,
  );
}

function toLimit(
  owner: Limit["owner"],
  rule: LimitRule,
  part: string | undefined,
  source: LimitSource,
  nowMs: number,
  arrivedAtMs: number,
  at: FindWindow = windowAt,
): Limit {
  const window =
    rule.window === undefined
      ? undefined
      : at(rule.window, rule.window === "minute" ? nowMs : arrivedAtMs, source.timeZone);
  const { amount, version } = amountAt(rule, source, nowMs);
  const account = {
    owner,
    scope: rule.scope,
    ...(part === undefined ? {} : { of: part }),
    unit: rule.unit,
    ...(window === undefined ? {} : { window }),
  };
  return { accountId: accountIdOf(account), limitId: rule.id, ...account, amount, version };
}

/** Names the account of whatever counts the same thing, for the same part, in the same window. */
export function accountIdOf({
  owner,
  scope,
  of: part,
  unit,
  window,
}: Pick<AccountLimit, "owner" | "scope" | "of" | "unit"> & {
  readonly window?: Pick<Window, "kind" | "label">;
}): string {
  const bound = part === undefined ? scope : `${scope}:${part}`;
  return [owner, bound, unit, window?.kind ?? "open", window?.label ?? "now"].join("#");
}

/** Beginnings and ends of overrides that one edit of the limits leaves room for. */
const phasesOfVersion = 1_000;

/**
 * The amount that holds now. Its version counts the beginnings and ends of the limit's overrides that have
 * passed, so that a process whose clock is behind does not undo what another has seen begin or end.
 */
function amountAt(
  { id, amount }: LimitRule,
  { overrides, version }: LimitSource,
  nowMs: number,
): { amount: bigint; version: number } {
  const own = overrides.filter(({ limitId }) => limitId === id);
  const passed = own.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]).filter((atMs) => atMs <= nowMs);
  const current = overrideAt(overrides, id, nowMs);
  return { amount: current?.amount ?? amount, version: version * phasesOfVersion + passed.length };
}

const waits: Readonly<Record<LimitWindow, number>> = { minute: 1, day: 2, week: 3, month: 4 };

function waitOf({ owner, window }: Limit): number {
  return (window === undefined ? 0 : waits[window.kind]) + (owner === platformOwner ? 10 : 0);
}
