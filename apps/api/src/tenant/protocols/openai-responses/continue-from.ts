/** Finds out what a response continues, and where it is stored. */
import type { Refusal, RequestId } from "@caprock/domain";
import type { SessionStore, TurnMessage } from "@caprock/memory";
import { historyBound, type TurnRequest } from "@caprock/turn";
import type { Reader } from "../../reader-of.ts";
import { refuseInvalid } from "../openai/refuse-invalid.ts";
import type { ResponseRequest } from "./request.ts";
import { responseId } from "./response.ts";
import { findResponse, newestTurn } from "./stored-response.ts";

export interface Continuation {
  /** Whose history goes in front, and which keeps the response; undefined where nothing is to be kept. */
  readonly session: TurnRequest["session"];
  /** What goes in front where no session does it. */
  readonly prior: readonly TurnMessage[];
}

export interface ContinueOptions {
  /** Its actor's is the response where it continues no other. */
  readonly reader: Reader;
  readonly requestId: RequestId;
  /** The session that the request names by header. */
  readonly named: TurnRequest["session"];
  readonly sessions: SessionStore;
}

/**
 * A response that continues the newest of its session is that session's next turn. One that continues an earlier one, or is
 * not to be stored, takes what was said until then along; if it is stored, a session of its own begins with it,
 * whose first turn long-term memory does not take in where some of that was said while memory was off. Refuses with
 * `not_found`, and with `invalid_request` where header and member name different sessions.
 */
export async function continueFrom(
  { previous_response_id: previousId, store }: Pick<ResponseRequest, "previous_response_id" | "store">,
  { reader, requestId, named, sessions }: ContinueOptions,
): Promise<Continuation | Refusal> {
  const isKept = store ?? true;
  const own = isKept ? { sessionId: responseId(requestId), actorId: reader.actorId } : undefined;
  if (!previousId) {
    return named && !isKept
      ? refuseInvalid(
          "store",
          "`store` is false, but the header names a session that would keep the response.",
        )
      : { session: named ?? own, prior: [] };
  }
  const previous = await findResponse(reader, previousId, sessions, "previous_response_id");
  if ("refused" in previous) {
    return previous;
  }
  const { actorId, sessionId, turnId, sequence } = previous;
  if (named && named.sessionId !== sessionId) {
    return refuseInvalid(
      "previous_response_id",
      "`previous_response_id` is of another session than the one that the header names; send one of them.",
    );
  }
  const newest = await newestTurn(previous, sessions);
  if (isKept && newest?.turnId === turnId) {
    return { session: { sessionId, actorId, afterTurnId: turnId }, prior: [] };
  }
  const past = await sessions.historyBefore(previous, sequence + 1, historyBound);
  const oldestFirst = [...past.turns].reverse();
  // A turn whose tool call is no longer there answers nothing.
  const first = oldestFirst.findIndex(
    ({ messages }) => !messages[0]?.content.some((block) => "toolResult" in block),
  );
  const taken = first < 0 ? [] : oldestFirst.slice(first);
  const sessionOnly = taken.some((turn) => turn.sessionOnly);
  return {
    session: own && { ...own, actorId, sessionOnly },
    prior: taken.flatMap(({ messages }) => messages),
  };
}
