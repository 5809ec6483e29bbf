/** What is thrown where a turn is there and what was said in it is not. */
import { CaprockError } from "@caprock/domain";
import type { SessionKey } from "../long-term/session-turn.ts";

/** Code `turn_unreadable`. Other turns are not concerned, and deleting this one lets its session go on. */
export function turnUnreadable({ sessionId }: SessionKey, turnId: string, why: string): CaprockError {
  return new CaprockError({
    code: "turn_unreadable",
    message: `Turn "${turnId}" of session "${sessionId}" cannot be read: its content is ${why}. Delete that turn to go on with the session.`,
    param: "session",
    details: { session: sessionId, turn: turnId },
  });
}
