/** Tells how much of a history a summary was shown. */
import type { Summary } from "../fit-input.ts";

/**
 * How many of the oldest turns the summary covers. None when its turn is not in this history (it was made of another
 * branch, or the history was not loaded that far back): a summary must not stand for what it was not shown.
 */
export function coveredTurns(summary: Summary | undefined, turnIds: readonly string[] | undefined): number {
  return summary && turnIds ? turnIds.lastIndexOf(summary.throughTurnId) + 1 : 0;
}
