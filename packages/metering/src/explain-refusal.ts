/** Tells a caller which limit stands in the way, what is left of it and when it resets. */
import {
  formatUsd,
  type LimitUnit,
  monthlyCapId,
  type Problem,
  type Refusal,
  refusal,
} from "@caprock/domain";
import { type Account, mostOpenHolds } from "./account-store.ts";
import type { Limit } from "./limits.ts";
import type { Window } from "./windows.ts";

/** What is told of a concurrency limit, which has no window to end: a second is soon enough to ask again. */
const concurrencyRetrySeconds = 1;

/** When to ask again for what calls in flight hold. */
const throttleRetrySeconds = 5;

/**
 * `rate_limited` where waiting for moments helps: a limit of a minute, or of calls at once, under which the call
 * fits at all, and where what is missing `frees` soon because calls in flight hold it. `budget_exceeded` otherwise.
 */
export function explainRefusal(
  limit: Limit,
  needed: bigint,
  account: Account | undefined,
  nowMs: number,
  frees: "soon" | "at reset",
): Refusal {
  const { unit, window, limitId, scope } = limit;
  const amount = account && account.limitVersion > limit.version ? account.limit : limit.amount;
  const available = account ? account.available : limit.amount;
  const left = available > 0n ? available : 0n;
  const fitsAtAll = needed <= amount;
  const resetsSoon = frees === "soon" || window === undefined || window.kind === "minute";
  const retryAfterSeconds = retryAfter(window, frees, nowMs);
  const resetsAt = window && new Date(window.endMs).toISOString();
  const details = {
    limit: limitId,
    scope,
    unit,
    ...(window === undefined ? {} : { window: window.label }),
    ...(resetsAt === undefined ? {} : { resetsAt }),
    limitAmount: plain(unit, amount),
    remaining: plain(unit, left),
    needed: plain(unit, needed),
    ...(unit === "nanoUsd"
      ? { capUsd: formatUsd(amount), remainingUsd: formatUsd(left), neededUsd: formatUsd(needed) }
      : {}),
  };
  if (account && account.holds.length + account.grants.length >= mostOpenHolds) {
    return refusal({
      code: "rate_limited",
      message: `${mostOpenHolds} calls are running at once, more than one limit can be kept for. Retry in ${concurrencyRetrySeconds} s.`,
      retryAfterSeconds: concurrencyRetrySeconds,
      details,
    });
  }
  const name = nameOf(limit);
  if (resetsSoon && fitsAtAll) {
    return refusal({
      code: "rate_limited",
      message: `${name} of ${spoken(unit, amount)} is used up: ${spoken(unit, left)} left, ${spoken(unit, needed)} needed. Retry in ${retryAfterSeconds} s.`,
      retryAfterSeconds,
      details,
    });
  }
  const remedy = fitsAtAll
    ? `${asksForLess(unit)}wait for ${resetsAt}, or ask for a higher limit`
    : `${asksForLess(unit)}ask for a higher limit`;
  return refusal({
    code: "budget_exceeded",
    message:
      `This call could use up to ${spoken(unit, needed)}, but ${spoken(unit, left)} of ` +
      `${name.charAt(0).toLowerCase()}${name.slice(1)} of ${spoken(unit, amount)} is left. ` +
      `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`,
    ...(fitsAtAll ? { retryAfterSeconds } : {}),
    details,
  });
}

function retryAfter(window: Window | undefined, frees: "soon" | "at reset", nowMs: number): number {
  if (window === undefined) {
    return concurrencyRetrySeconds;
  }
  return frees === "soon" ? throttleRetrySeconds : Math.max(1, Math.ceil((window.endMs - nowMs) / 1000));
}

function nameOf({ limitId, scope, of: part, window }: Limit): string {
  if (limitId === monthlyCapId) {
    return "The monthly cap";
  }
  const whose = part === undefined ? `the ${scope}` : `${scope} "${part}"`;
  return window === undefined
    ? `The limit "${limitId}" on calls at once of ${whose}`
    : `The limit "${limitId}" per ${window.kind} of ${whose}`;
}

function asksForLess(unit: LimitUnit): string {
  return unit === "nanoUsd" || unit === "tokens" ? "lower max_tokens, or " : "";
}

function spoken(unit: LimitUnit, amount: bigint): string {
  switch (unit) {
    case "nanoUsd":
      return `$${formatUsd(amount)}`;
    case "concurrency":
      return amount === 1n ? "1 call" : `${amount} calls`;
    default:
      return `${amount} ${amount === 1n ? unit.slice(0, -1) : unit}`;
  }
}

function plain(unit: LimitUnit, amount: bigint): string {
  return unit === "nanoUsd" ? formatUsd(amount) : amount.toString();
}

/** Why a call that is running may not go on. */
export function refusedExtension(unit: LimitUnit, more: bigint): Problem {
  return {
    code: "budget_exceeded",
    message:
      `The answer was stopped: ${spoken(unit, more)} more would have to be set aside for it, and a limit has not ` +
      "that much left. Set max_tokens to what you need, or ask for a higher limit.",
    details: { unit, needed: plain(unit, more) },
  };
}
