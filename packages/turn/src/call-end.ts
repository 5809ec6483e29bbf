/** When a call must be over, whether or not its answer is. */
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/**
 * The share of a hold's life that its call may take. A call must be over when its hold counts as abandoned, or
 * its cost would be settled on nothing; the rest is left for settlement and for clocks that differ.
 */
const shareOfHold = 0.75;

/** Aborted when the caller hangs up, or when the call has taken as long as its hold allows. */
export function endOfCall(
  { signal }: Pick<TurnRequest<unknown, unknown>, "signal">,
  { holdTtlMs }: Pick<TurnParts, "holdTtlMs">,
): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(holdTtlMs * shareOfHold)]);
}
