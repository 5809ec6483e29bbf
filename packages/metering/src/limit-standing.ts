/** How a limit stands, for callers to see before it refuses them. */
import type { LimitStanding } from "./admission.ts";
import type { Limit } from "./limits.ts";

/** `available` may be below zero after the limit was lowered; nothing remains then. */
export function standingOf(
  { limitId, scope, unit, window, amount }: Limit,
  available: bigint,
): LimitStanding {
  return {
    limitId,
    scope,
    unit,
    amount,
    remaining: available > 0n ? available : 0n,
    ...(window === undefined ? {} : { window: window.kind, resetsAtMs: window.endMs }),
  };
}
