/** Writes limits as the admin wire has them, and reads them from it. */
import type {
  LimitOverrideInput,
  LimitOverrideView,
  LimitRuleInput,
  LimitRuleView,
  LimitStandingView,
  PlatformLimitsView,
  WireUnit,
} from "@caprock/contract";
import {
  formatUsd,
  type LimitOverride,
  type LimitRule,
  type LimitUnit,
  monthlyCapId,
  type PlatformLimits,
  requestsPerMinuteId,
} from "@caprock/domain";
import type { NewOverride } from "@caprock/tenancy";
import type { Standing } from "../standings/read-standings.ts";

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

export function ruleView({ id, scope, of: part, unit, window, amount }: LimitRule): LimitRuleView {
  const bound = { id, scope, ...(part === undefined ? {} : { of: part }) };
  if (unit === "concurrency" || window === undefined) {
    return { ...bound, unit: "concurrency", amount: Number(amount) };
  }
  return unit === "nanoUsd"
    ? { ...bound, unit: "usd", window, amount: formatUsd(amount) }
    : { ...bound, unit, window, amount: Number(amount) };
}

export function ruleFromInput({ unit, amount, of: part, ...rule }: LimitRuleInput): LimitRule {
  return {
    ...rule,
    ...(part === undefined ? {} : { of: part }),
    unit: unitFromWire(unit),
    amount: BigInt(amount),
  };
}

/** `rules` are those of the owner: they tell what the overridden limit counts. */
export function overrideView(override: LimitOverride, rules: readonly LimitRule[]): LimitOverrideView {
  const { id, limitId, amount, fromMs, untilMs, author, reason } = override;
  const told = { id, limitId, from: iso(fromMs), until: iso(untilMs), author, reason };
  const unit = unitOf(limitId, rules);
  return unit === "nanoUsd"
    ? { ...told, unit: "usd", amount: formatUsd(amount) }
    : { ...told, unit, amount: Number(amount) };
}

export function overrideFromInput({ unit, amount, from, until, ...rest }: LimitOverrideInput): NewOverride {
  return {
    ...rest,
    unit: unitFromWire(unit),
    amount: BigInt(amount),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    untilMs: Date.parse(until),
  };
}

export function platformLimitsView({
  rules,
  overrides,
  timeZone,
  version,
}: PlatformLimits): PlatformLimitsView {
  return {
    rules: rules.map(ruleView),
    overrides: overrides.map((override) => overrideView(override, rules)),
    timeZone,
    version,
  };
}

export function standingView(standing: Standing): LimitStandingView {
  const { limit, owner, settled, held, remaining, override, rules } = standing;
  const { limitId, scope, of: part, unit, window } = limit;
  const named = {
    limitId,
    owner,
    scope,
    ...(part === undefined ? {} : { of: part }),
    ...(window === undefined
      ? {}
      : {
          window: {
            kind: window.kind,
            label: window.label,
            startsAt: iso(window.startMs),
            resetsAt: iso(window.endMs),
          },
        }),
    ...(override === undefined ? {} : { override: overrideView(override, rules) }),
  };
  const amounts = { limit: standing.amount, settled, held, remaining };
  return unit === "nanoUsd"
    ? { ...named, unit: "usd", ...mapAmounts(amounts, formatUsd) }
    : { ...named, unit, ...mapAmounts(amounts, Number) };
}

type Amounts<T> = Readonly<Record<"limit" | "settled" | "held" | "remaining", T>>;

function mapAmounts<T>({ limit, settled, held, remaining }: Amounts<bigint>, to: (amount: bigint) => T) {
  return { limit: to(limit), settled: to(settled), held: to(held), remaining: to(remaining) };
}

function unitFromWire(unit: WireUnit): LimitUnit {
  return unit === "usd" ? "nanoUsd" : unit;
}

function unitOf(limitId: string, rules: readonly LimitRule[]): LimitUnit {
  switch (limitId) {
    case monthlyCapId:
      return "nanoUsd";
    case requestsPerMinuteId:
      return "requests";
    default:
      return rules.find(({ id }) => id === limitId)?.unit ?? "requests";
  }
}
