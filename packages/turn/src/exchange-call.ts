/** Puts another call in the place of one that was let through, within what may be held for it. */
import { billedUnits } from "@caprock/metering";
import { type AdmittedTurn, worstCases } from "./admit.ts";
import type { CallBounds, PlannedCall } from "./operation.ts";
import { OutputSlices } from "./output-slices.ts";
import type { TurnParts } from "./turn-request.ts";

export interface ExchangedTurn<Answer, Frame> {
  /** With what it holds now, whichever call it is of. */
  readonly turn: AdmittedTurn<Answer, Frame>;
  readonly isExchanged: boolean;
}

/**
 * Holds more where the other prompt may count as more, in tokens or in what a guardrail is billed for; where a limit has no more left the turn keeps the call that it has. To be
 * asked for a call that was let through with `extends`, before it is made.
 */
export async function exchangeCall<Answer, Frame>(
  turn: AdmittedTurn<Answer, Frame>,
  call: PlannedCall<Answer, Frame>,
  { admission }: Pick<TurnParts, "admission">,
): Promise<ExchangedTurn<Answer, Frame>> {
  if (isWithin(call.bounds, turn.bounds)) {
    return { turn: { ...turn, call }, isExchanged: true };
  }
  const bounds = aboveBoth(call.bounds, turn.bounds);
  const worstCaseOf = worstCases(turn.price, bounds, turn.markupBasisPoints);
  const heldTokens = turn.slices?.heldTokens ?? bounds.maxOutputTokens;
  const { reservation, refused } = await admission.extend(turn.reservation, worstCaseOf(heldTokens));
  if (refused) {
    if (turn.slices) {
      turn.slices.reservation = reservation;
    }
    return { turn: { ...turn, reservation }, isExchanged: false };
  }
  const { maxOutputTokens } = bounds;
  const slices = turn.slices && new OutputSlices(reservation, { admission, maxOutputTokens, worstCaseOf });
  return { turn: { ...turn, call, bounds, reservation, slices, worstCaseOf }, isExchanged: true };
}

function isWithin(some: CallBounds, most: CallBounds): boolean {
  return (
    some.inputTokensCeiling <= most.inputTokensCeiling &&
    billedUnits.every((unit) => (some.units[unit] ?? 0) <= (most.units[unit] ?? 0))
  );
}

/** What is held is not given back before the call has ended. */
function aboveBoth(one: CallBounds, other: CallBounds): CallBounds {
  const units = billedUnits.map(
    (unit) => [unit, Math.max(one.units[unit] ?? 0, other.units[unit] ?? 0)] as const,
  );
  return {
    ...one,
    inputTokensCeiling: Math.max(one.inputTokensCeiling, other.inputTokensCeiling),
    units: Object.fromEntries(units.filter(([, count]) => count > 0)),
  };
}
