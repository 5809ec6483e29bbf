/** A stored response is a turn of a session: it is found by the id of the request that made it. */
import { type Refusal, refusal } from "@caprock/domain";
import type { SessionKey, SessionStore, SessionTurn } from "@caprock/memory";
import type { Reader } from "../../reader-of.ts";

export type StoredResponse = SessionKey & SessionTurn;

const idPattern = /^resp_(req_[a-z0-9]+)$/;

/** Another tenant's or actor's id answers like one that never was: `not_found`, which names `param` where it was a member. */
export async function findResponse(
  { tenantId, actorId }: Reader,
  id: string,
  sessions: Pick<SessionStore, "findTurn">,
  param?: string,
): Promise<StoredResponse | Refusal> {
  const turnId = idPattern.exec(id)?.[1];
  const turn = turnId === undefined ? undefined : await sessions.findTurn(tenantId, turnId);
  return turn && (actorId ?? turn.actorId) === turn.actorId
    ? turn
    : refusal({
        code: "not_found",
        message: `No response is stored under ${param === undefined ? "this id" : `the id in \`${param}\``}.`,
        ...(param !== undefined && { param }),
      });
}

/** Later than any turn of a session. */
const afterAll = 1_000_000_000;

/** The newest turn that its session has; undefined where all were deleted. */
export async function newestTurn(
  session: SessionKey,
  sessions: Pick<SessionStore, "turnsBefore">,
): Promise<SessionTurn | undefined> {
  const [newest] = await sessions.turnsBefore(session, afterAll, 1);
  return newest;
}
