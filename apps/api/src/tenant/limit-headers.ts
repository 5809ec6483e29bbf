/** Tells the caller how its limits stand: the usual `x-ratelimit-*` headers, and the budget in USD. */
import { formatUsd, type LimitUnit, type Problem } from "@caprock/domain";
import type { LimitStanding } from "@caprock/metering";

/** The headers by unit; OpenAI's names where it has one. */
const names: Readonly<Record<LimitUnit, readonly [limit: string, remaining: string, reset: string]>> = {
  requests: ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
  tokens: ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
  nanoUsd: ["x-caprock-budget-limit-usd", "x-caprock-budget-remaining-usd", "x-caprock-budget-reset"],
  concurrency: ["x-caprock-concurrency-limit", "x-caprock-concurrency-remaining", ""],
};

export const limitHeaderNames = Object.values(names)
  .flat()
  .filter((name) => name !== "");

/** Of several limits in one unit the one with the least remaining is told. */
export function limitHeaders(standings: readonly LimitStanding[], nowMs: number): Record<string, string> {
  const tightest = new Map<LimitUnit, LimitStanding>();
  for (const standing of standings) {
    const known = tightest.get(standing.unit);
    if (!known || standing.remaining < known.remaining) {
      tightest.set(standing.unit, standing);
    }
  }
  return Object.assign({}, ...[...tightest.values()].map((standing) => headersOf(standing, nowMs)));
}

/** The same of the limit that refused a call. */
export function limitHeadersOfRefusal({ details }: Problem, nowMs: number): Record<string, string> {
  const { unit, limitAmount, remaining, resetsAt } = details ?? {};
  if (limitAmount === undefined || remaining === undefined || !isUnit(unit)) {
    return {};
  }
  const [limitName, remainingName, resetName] = names[unit];
  return {
    [limitName]: String(limitAmount),
    [remainingName]: String(remaining),
    ...(typeof resetsAt === "string" && resetName !== ""
      ? { [resetName]: duration(Date.parse(resetsAt) - nowMs) }
      : {}),
  };
}

function headersOf(
  { unit, amount, remaining, resetsAtMs }: LimitStanding,
  nowMs: number,
): Record<string, string> {
  const [limitName, remainingName, resetName] = names[unit];
  const told = (value: bigint) => (unit === "nanoUsd" ? formatUsd(value) : value.toString());
  return {
    [limitName]: told(amount),
    [remainingName]: told(remaining),
    ...(resetsAtMs === undefined ? {} : { [resetName]: duration(resetsAtMs - nowMs) }),
  };
}

function isUnit(unit: unknown): unit is LimitUnit {
  return typeof unit === "string" && unit in names;
}

/** As OpenAI writes it: "6m0s", "59s", "120h3m1s". */
function duration(durationMs: number): string {
  const seconds = Math.max(0, Math.ceil(durationMs / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const withMinutes = minutes > 0 || hours > 0 ? `${minutes}m` : "";
  return `${hours > 0 ? `${hours}h` : ""}${withMinutes}${seconds % 60}s`;
}
