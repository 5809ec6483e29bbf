/** A turn's session: what was said before goes in front of the request, and the complete turn is kept after it. */
import type { MessageMeasures } from "@caprock/context";
import { CaprockError, type Refusal, refusal } from "@caprock/domain";
import type { SessionSummary, SessionTurn, TurnClaim, TurnMessage } from "@caprock/memory";
import { contextPolicyOf } from "./context-policy-of.ts";
import { historyBoundOf, turnsBeforeRead } from "./history-bound.ts";
import { keptMessages } from "./kept-messages.ts";
import { hasMemory } from "./recall-memory.ts";
import { sessionKeyOf } from "./session-key.ts";
import { countTurn, recallCounts } from "./turn-count.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** A turn's place in its session, claimed before anything is spent. */
export interface OpenSession {
  readonly claim: TurnClaim;
  /** The newest turns before it, oldest first. */
  readonly turns: readonly SessionTurn[];
  /** What their messages measure. */
  readonly measures: MessageMeasures;
  /** How many there are before those, at most; they can only be searched. */
  readonly earlierTurns: number;
  /** Of the older ones, where the policy has it made. */
  readonly summary: SessionSummary | undefined;
  /** Whether what is said now stays in the session, out of long-term memory. */
  readonly sessionOnly: boolean;
  readonly stopRenewing: () => void;
}

/** What of a call its session keeps. */
export interface Conversation {
  /** The caller's new messages. */
  readonly said: readonly TurnMessage[];
  /** The model's; to be read when the answer is complete. */
  readonly answered: () => TurnMessage | undefined;
}

/** A claim is short, so that a process that dies does not keep its session long; a turn that runs renews it in time. */
const renewalsOfLease = 3;

/** Undefined for a request without a session. Codes: `invalid_request`, `session_conflict`. */
export async function recallSession(
  request: TurnRequest<unknown, unknown>,
  parts: TurnParts,
): Promise<OpenSession | Refusal | undefined> {
  const { session, caller, requestId } = request;
  const { sessions, sessionLeaseMs, clock, repeat, onMemoryFailure } = parts;
  if (session === undefined) {
    return undefined;
  }
  const key = sessionKeyOf(caller, session);
  if ("refused" in key) {
    return key;
  }
  const claim = await sessions.claim(key, requestId, clock.now() + sessionLeaseMs);
  if ("refused" in claim) {
    return claim;
  }
  const renew = () =>
    sessions
      .renew(claim, clock.now() + sessionLeaseMs)
      .catch((error: unknown) => onMemoryFailure(requestId, error));
  // From now on: large turns may be slow to read.
  const stopRenewing = repeat(renew, sessionLeaseMs / renewalsOfLease);
  const giveUp = async () => {
    stopRenewing();
    // Of a claim that cannot be given up its end is waited for; why it was to be is what the caller is told.
    await sessions.release(claim).catch((error: unknown) => onMemoryFailure(requestId, error));
  };
  try {
    const past = await sessions.historyBefore(key, claim.sequence, historyBoundOf(request, parts));
    if (session.afterTurnId !== undefined && past.turns[0]?.turnId !== session.afterTurnId) {
      await giveUp();
      return refusal({
        code: "session_conflict",
        message: `Session "${key.sessionId}" went on meanwhile; ask again.`,
        param: "session",
      });
    }
    return {
      claim,
      turns: [...past.turns].reverse(),
      measures: recallCounts(past.turns),
      earlierTurns: turnsBeforeRead(past),
      summary:
        contextPolicyOf(request).strategy === "summarise" ? await sessions.findSummary(key) : undefined,
      sessionOnly: session.sessionOnly === true || !hasMemory(request, key),
      stopRenewing,
    };
  } catch (error) {
    await giveUp();
    throw error;
  }
}

/**
 * Keeps a complete turn, and returns it; one without a complete answer gives its place up and leaves nothing. Never throws: the answer is
 * owed to its caller, who paid for it.
 */
export async function remember(
  { claim, sessionOnly, stopRenewing }: OpenSession,
  conversation: Conversation | undefined,
  isComplete: boolean,
  { sessions, onMemoryFailure }: TurnParts,
): Promise<SessionTurn | undefined> {
  try {
    const answer = isComplete ? conversation?.answered() : undefined;
    if (conversation === undefined || answer === undefined || answer.content.length === 0) {
      await sessions.release(claim);
      return undefined;
    }
    const messages = keptMessages(conversation.said, answer);
    const kept = await sessions.append(claim, messages, { sessionOnly, counted: countTurn(messages) });
    if ("refused" in kept) {
      throw new CaprockError(kept.refused);
    }
    return kept;
  } catch (error) {
    onMemoryFailure(claim.turnId, error);
    // Of a claim that cannot be given up either, its end is waited for.
    await sessions.release(claim).catch(() => undefined);
    return undefined;
  } finally {
    // Not before: keeping a large turn may take longer than its claim.
    stopRenewing();
  }
}
