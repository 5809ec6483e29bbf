/** What a caller is told of its turn besides the answer. */
import type { AdmittedTurn } from "./admit.ts";
import type { OpenSession } from "./remember.ts";
import type { TurnReport, TurnRequest } from "./turn-request.ts";

/** A turn that may be made, and what was found for it. */
export interface OpenedTurn<Answer, Frame> extends Pick<TurnReport, "recalled" | "likeness"> {
  readonly admitted: AdmittedTurn<Answer, Frame>;
  readonly session: OpenSession | undefined;
}

/** `turnId` is that of the turn which the session keeps, or is to keep. */
export function reportOf(
  { admitted, recalled, likeness }: Omit<OpenedTurn<unknown, unknown>, "session">,
  { modelId, session }: TurnRequest<unknown, unknown>,
  turnId: string | undefined,
): TurnReport {
  return {
    session: session && { sessionId: session.sessionId, turnId },
    context: admitted.call.context,
    recalled,
    likeness,
    standings: admitted.reservation.standings,
    fallbackModelId: admitted.request.modelId === modelId ? undefined : admitted.route.model.id,
  };
}
