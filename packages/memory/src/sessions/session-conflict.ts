/** What a writer is told who is not the one to append a session's next turn. */
import { type Refusal, refusal } from "@caprock/domain";
import type { SessionKey } from "../long-term/session-turn.ts";

export function sessionConflict({ sessionId }: SessionKey, why: string): Refusal {
  return refusal({
    code: "session_conflict",
    message: `Session "${sessionId}" ${why}.`,
    param: "session",
  });
}

export const isClaimed = "has another turn under way; ask again when it is answered";
export const isThere = "has this turn already";
export const isTaken = "was deleted or went on before this turn's answer was complete; the turn is not kept";
