/** What may be overridden, and how an override is added to others or ended. */
import {
  type LimitId,
  type LimitOverride,
  type LimitUnit,
  monthlyCapId,
  type PlatformLimits,
  type Random,
  type Refusal,
  refusal,
  requestsPerMinuteId,
  type TenantLimits,
} from "@caprock/domain";
import { wrongMember } from "./check-limit-rules.ts";
import type { ToldChange } from "./record-change.ts";

/** An override as it is asked for. */
export interface NewOverride {
  readonly limitId: LimitId;
  /** Must be what the limit counts, so that an amount is never taken for something else. */
  readonly unit: LimitUnit;
  readonly amount: bigint;
  /** Now unless told. */
  readonly fromMs?: number | undefined;
  readonly untilMs: number;
  readonly reason: string;
}

/** A version of the limits leaves room for a thousand beginnings and ends of overrides; see metering's limits. */
const mostOverrides = 50;
const overrideIdBytes = 8;

/** What each limit counts, by the limit's id. */
export type LimitUnits = ReadonlyMap<LimitId, LimitUnit>;

export function unitsOfTenant({ rules }: Pick<TenantLimits, "rules">): LimitUnits {
  return new Map<LimitId, LimitUnit>([
    [monthlyCapId, "nanoUsd"],
    [requestsPerMinuteId, "requests"],
    ...unitsOfPlatform({ rules }),
  ]);
}

export function unitsOfPlatform({ rules }: Pick<PlatformLimits, "rules">): LimitUnits {
  return new Map(rules.map(({ id, unit }) => [id, unit]));
}

/** Those overrides that are not over. */
export function liveOverrides(overrides: readonly LimitOverride[], nowMs: number): readonly LimitOverride[] {
  return overrides.filter(({ untilMs }) => untilMs > nowMs);
}

/** The overrides whose limit is still there after an edit of the rules, and still counts the same. */
export function withoutGoneLimits(
  overrides: readonly LimitOverride[],
  before: LimitUnits,
  after: LimitUnits,
): readonly LimitOverride[] {
  return overrides.filter(({ limitId }) => after.has(limitId) && after.get(limitId) === before.get(limitId));
}

/** Overrides as they are to be, the one that came or went, and what is told of it. */
export interface OverrideEdit {
  readonly overrides: readonly LimitOverride[];
  readonly override: LimitOverride;
  readonly told: ToldChange;
}

export interface OverrideMaking {
  readonly nowMs: number;
  readonly random: Random;
  readonly author: string;
}

/** Adds an override to those that are not over. Refuses with `invalid_request`. */
export function withOverride(
  live: readonly LimitOverride[],
  wanted: NewOverride,
  units: LimitUnits,
  { nowMs, random, author }: OverrideMaking,
): OverrideEdit | Refusal {
  const { limitId, amount, fromMs = nowMs, untilMs, reason } = wanted;
  const wrong = faultOf({ ...wanted, fromMs }, units, nowMs);
  if (wrong) {
    return wrong;
  }
  if (live.length >= mostOverrides) {
    return wrongMember("limitId", `there are ${mostOverrides} overrides already; end one first`);
  }
  const id = `o${Buffer.from(random.bytes(overrideIdBytes)).toString("hex")}`;
  const override = { id, limitId, amount, fromMs, untilMs, author, reason };
  return {
    overrides: [...live, override],
    override,
    told: { action: "override.add", target: id, change: { ...override } },
  };
}

/** Takes an override out of those that are not over. Refuses with `not_found`. */
export function withoutOverride(live: readonly LimitOverride[], overrideId: string): OverrideEdit | Refusal {
  const override = live.find(({ id }) => id === overrideId);
  if (!override) {
    return refusal({ code: "not_found", message: `There is no override "${overrideId}", or it is over.` });
  }
  return {
    overrides: live.filter(({ id }) => id !== overrideId),
    override,
    told: { action: "override.end", target: overrideId, change: { limitId: override.limitId } },
  };
}

function faultOf(
  { limitId, unit, amount, fromMs, untilMs, reason }: NewOverride & { readonly fromMs: number },
  units: LimitUnits,
  nowMs: number,
): Refusal | undefined {
  const counted = units.get(limitId);
  if (counted === undefined) {
    return wrongMember(
      "limitId",
      `there is no limit "${limitId}"; there are: ${[...units.keys()].join(", ")}`,
    );
  }
  if (counted !== unit) {
    return wrongMember("unit", `the limit "${limitId}" counts something else`);
  }
  if (amount < 0n) {
    return wrongMember("amount", "must not be negative");
  }
  if (reason.trim() === "") {
    return wrongMember("reason", "is needed");
  }
  if (fromMs < nowMs) {
    return wrongMember("from", "must not be in the past; leave it out for an override from now on");
  }
  return untilMs <= fromMs
    ? wrongMember("until", "must be in the future, and after the beginning")
    : undefined;
}
