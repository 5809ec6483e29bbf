/** Warns of calls that were refused for want of a price: often enough to be seen, not once for each call. */
import type { Clock } from "@caprock/domain";
import type { UnpricedCall } from "@caprock/turn";

const hourMs = 3_600_000;

/**
 * Makes a listener that hands on the first call of each model, profile and tier in an hour. Its memory is bounded by the
 * catalog and by what tiers a caller makes up, of which it keeps a thousand.
 */
export function oncePerHour(clock: Clock, warn: (what: UnpricedCall) => void): (what: UnpricedCall) => void {
  const warnedAtMs = new Map<string, number>();
  return (what) => {
    const key = `${what.modelId} ${what.profile ?? ""} ${what.serviceTier}`;
    const nowMs = clock.now();
    if (nowMs - (warnedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < hourMs) {
      return;
    }
    if (warnedAtMs.size >= mostKept) {
      warnedAtMs.clear();
    }
    warnedAtMs.set(key, nowMs);
    warn(what);
  };
}

const mostKept = 1_000;
