/** The session store: what was said, turn by turn, in the order in which it was said. */
import type { Refusal, TenantId } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionKey, SessionTurn, TurnMessage, TurnSource } from "../long-term/session-turn.ts";
import type { SummaryStore } from "./summary-store.ts";

export interface Session extends SessionKey {
  readonly createdAtMs: number;
  /** When the last turn was appended. */
  readonly updatedAtMs: number;
  /** The number of the last turn; 0 before the first. */
  readonly lastSequence: number;
  /** Tells it from an earlier one of the same name that was deleted or has expired. */
  readonly incarnation: string;
}

/** The right to append the next turn. It ends by `append`, by `release`, or when its time is over. */
export interface TurnClaim {
  readonly session: SessionKey;
  readonly turnId: string;
  readonly sequence: number;
  /** Tells a session from an earlier one of the same name that was deleted or has expired. */
  readonly incarnation: string;
  /** How many turns of the session had been deleted: what was read of it when there were fewer may tell of what is gone. */
  readonly deletedTurns: number;
}

/** Which sessions of a tenant: those that come after one, in an order of their own. */
export interface SessionPage {
  /** Of this actor alone; undefined: of all. */
  readonly actorId: string | undefined;
  readonly after: Pick<SessionKey, "actorId" | "sessionId"> | undefined;
  readonly limit: number;
}

/** How far back a session is read. */
export interface HistoryBound {
  readonly mostTurns: number;
  /** Of the messages as JSON in UTF-8. */
  readonly mostBytes: number;
  /** Of what turns were counted as; those that nobody counted take none. */
  readonly mostTokens?: number | undefined;
}

/** The newest turns of a session before one of them. */
export interface SessionPast {
  /** Newest first, without a gap that is not a deleted turn. */
  readonly turns: readonly SessionTurn[];
  /** Whether reading ended at the bound: there may be older turns. */
  readonly isCut: boolean;
}

/** What of a turn is kept beside its messages. */
export type HowKept = Pick<SessionTurn, "sessionOnly" | "counted">;

/** How much a store holds of a scope, what has expired or was never completed included. */
export interface StoredCounts {
  readonly sessions: number;
  readonly turns: number;
  /** Summaries, and what was begun to make one. */
  readonly summaries: number;
  /** What was said in turns that are too large for the store's own items, kept beside it. */
  readonly bodies: number;
  /** What a turn needs besides: where its id leads, and notes of turns that were begun and not kept. */
  readonly other: number;
}

/**
 * Sessions belong to an actor of a tenant: the same session id of two actors names two sessions. Turns are numbered from
 * 1 without gaps and never change; a deleted turn's number is not given again. Whatever reads turns throws CaprockError
 * (`turn_unreadable`) for one that is there and whose content is missing or damaged.
 */
export interface SessionStore extends TurnSource, SummaryStore {
  /**
   * Claims the next turn, and creates the session if there is none. Refuses with `session_conflict` while another turn's
   * claim stands: before the model is asked, so that the second of two writers costs nothing. Turn ids are unique in a tenant.
   */
  claim(session: SessionKey, turnId: string, untilMs: number): Promise<TurnClaim | Refusal>;
  /**
   * Appends the claimed turn, whole or not at all. Repeating it changes nothing, also with other messages: returned is what
   * was kept first. Refuses with `session_conflict` when the session was deleted meanwhile, or when the claim ended before
   * and another turn took its place. Throws CaprockError (`invalid_request`) for what would not read back as it was said,
   * such as bytes that are not base64 text; then nothing is kept, and the claim stands.
   */
  append(claim: TurnClaim, messages: readonly TurnMessage[], how?: HowKept): Promise<SessionTurn | Refusal>;
  /** Holds a claim for longer, while it stands. */
  renew(claim: TurnClaim, untilMs: number): Promise<void>;
  /** Gives up a claim whose turn came to nothing. A session that was there for that claim alone goes with it. */
  release(claim: TurnClaim): Promise<void>;
  /** Makes a session without turns. False when there is one of its name. `createdBy` is unlike any turn id of the tenant. */
  create(session: SessionKey, createdBy: string): Promise<boolean>;
  find(session: SessionKey): Promise<Session | undefined>;
  /** Ordered by actor and session, as the store orders names. */
  listSessions(tenantId: TenantId, page: SessionPage): Promise<readonly Session[]>;
  /** A session's turns before a sequence number, newest first, at most `limit`. */
  turnsBefore(session: SessionKey, sequence: number, limit: number): Promise<readonly SessionTurn[]>;
  /**
   * A session's turns before a sequence number that a bound allows. The newest is among them however large it is; of a
   * turn that would pass the bound nothing is read but its size.
   */
  historyBefore(session: SessionKey, sequence: number, bound: HistoryBound): Promise<SessionPast>;
  /** A tenant's turn, and where it is. */
  findTurn(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined>;
  /** Whether there was such a turn in the session. The session's summary goes with it, which may tell of it. */
  deleteTurn(session: SessionKey, turnId: string): Promise<boolean>;
  /** Deletes the session with all that was said in it; what is said in it while this runs may go too. Safe to repeat. */
  deleteSession(session: SessionKey): Promise<void>;
  /** Deletes all that an actor said, also what is not complete. Safe to repeat. */
  deleteActor(tenantId: TenantId, actorId: string): Promise<void>;
  deleteTenant(tenantId: TenantId): Promise<void>;
  /** Counts by reading, so that whoever deletes can show what was there and what is left. */
  stored(tenantId: TenantId, scope: ForgetScope): Promise<StoredCounts>;
}
