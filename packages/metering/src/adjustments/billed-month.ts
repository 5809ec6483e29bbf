/** Decides in which month's bill an adjustment counts, and when a month can be closed. */
import { type Window, windowAt } from "../windows.ts";

/** Between the last adjustment of a bill and its closing: more than a write takes, and than clocks differ. */
const postingSlackMs = 3_600_000;

/** When a month can be closed at the earliest. */
export function closesAtMs({ endMs }: Pick<Window, "endMs">, closeAfterMs: number): number {
  return endMs + closeAfterMs;
}

/**
 * The call's own month, until an hour before that can be closed; from then on the month in which the adjustment is
 * posted. It goes by the time and not by whether the month is closed yet, so that no adjustment can slip into a
 * month while that is being closed.
 */
export function billedMonthOf(
  { arrivedAtMs, postedAtMs }: { readonly arrivedAtMs: number; readonly postedAtMs: number },
  { timeZone, closeAfterMs }: { readonly timeZone: string; readonly closeAfterMs: number },
): string {
  const month = windowAt("month", arrivedAtMs, timeZone);
  const isOpen = postedAtMs < closesAtMs(month, closeAfterMs) - postingSlackMs;
  return isOpen ? month.label : windowAt("month", postedAtMs, timeZone).label;
}
