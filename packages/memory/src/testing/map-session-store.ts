/** For tests: a session store in a Map. */
import type { Clock, Refusal } from "@caprock/domain";
import { sessionPath } from "../dynamodb/session-items.ts";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionKey, SessionTurn, TurnMessage } from "../long-term/session-turn.ts";
import { roomWithin } from "../sessions/history-room.ts";
import { isClaimed, isTaken, isThere, sessionConflict } from "../sessions/session-conflict.ts";
import type {
  HistoryBound,
  HowKept,
  Session,
  SessionPage,
  SessionPast,
  SessionStore,
  StoredCounts,
  TurnClaim,
} from "../sessions/session-store.ts";
import type { SessionSummary, SummaryClaim } from "../sessions/summary-store.ts";
import { turnMessages, turnText } from "../sessions/turn-text.ts";

interface Kept {
  readonly key: SessionKey;
  readonly incarnation: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  lastSequence: number;
  deletedTurns: number;
  claim: { turnId: string; untilMs: number } | undefined;
  turns: SessionTurn[];
  summary: SessionSummary | undefined;
  summaryClaim: { claimId: string; untilMs: number } | undefined;
  summaryFailures: number;
}

export class MapSessionStore implements SessionStore {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #keptForMs: number;

  constructor(clock: Clock, keptForMs: number) {
    this.#clock = clock;
    this.#keptForMs = keptForMs;
  }

  async claim(session: SessionKey, turnId: string, untilMs: number): Promise<TurnClaim | Refusal> {
    const now = this.#clock.now();
    if (await this.findTurn(session.tenantId, turnId)) {
      return sessionConflict(session, isThere);
    }
    const known = this.#live(session) ?? this.#begin(session, turnId);
    if (known.claim && known.claim.turnId !== turnId && known.claim.untilMs > now) {
      return sessionConflict(session, isClaimed);
    }
    known.claim = { turnId, untilMs };
    const { incarnation, deletedTurns } = known;
    return { session, turnId, sequence: known.lastSequence + 1, incarnation, deletedTurns };
  }

  async append(
    claim: TurnClaim,
    messages: readonly TurnMessage[],
    { sessionOnly = false, counted }: HowKept = {},
  ): Promise<SessionTurn | Refusal> {
    const { session, turnId, sequence, incarnation } = claim;
    const known = this.#live(session);
    const there = known?.turns.find((turn) => turn.turnId === turnId);
    if (there) {
      return there;
    }
    if (known?.incarnation !== incarnation || known.lastSequence !== sequence - 1) {
      return sessionConflict(session, isTaken);
    }
    const said = turnMessages(turnText(messages));
    const turn = { turnId, sequence, atMs: this.#clock.now(), messages: said, sessionOnly, counted };
    known.turns.push(turn);
    known.lastSequence = sequence;
    known.updatedAtMs = turn.atMs;
    known.claim = undefined;
    return turn;
  }

  async renew({ session, turnId }: TurnClaim, untilMs: number): Promise<void> {
    const known = this.#live(session);
    if (known?.claim?.turnId === turnId) {
      known.claim = { turnId, untilMs };
    }
  }

  async release({ session, turnId }: TurnClaim): Promise<void> {
    const known = this.#live(session);
    if (known?.claim?.turnId === turnId) {
      known.claim = undefined;
      if (known.incarnation === turnId && known.lastSequence === 0) {
        this.#kept.delete(idOf(session));
      }
    }
  }

  async create(session: SessionKey, createdBy: string): Promise<boolean> {
    const isNew = this.#live(session) === undefined;
    if (isNew) {
      this.#begin(session, createdBy);
    }
    return isNew;
  }

  async find(session: SessionKey): Promise<Session | undefined> {
    const known = this.#live(session);
    return known && toSession(known);
  }

  async listSessions(tenantId: string, { actorId, after, limit }: SessionPage) {
    const place = (one: Pick<SessionKey, "actorId" | "sessionId">) =>
      sessionPath({ tenantId, actorId: one.actorId, sessionId: one.sessionId });
    return [...this.#kept.values()]
      .map(({ key }) => this.#live(key))
      .filter((one) => one !== undefined)
      .filter(({ key }) => key.tenantId === tenantId && (actorId ?? key.actorId) === key.actorId)
      .filter(({ key }) => after === undefined || place(key) > place(after))
      .sort((a, b) => (place(a.key) < place(b.key) ? -1 : 1))
      .slice(0, limit)
      .map(toSession);
  }

  async turnsAfter(session: SessionKey, sequence: number, limit: number, mostBytes?: number) {
    const turns = this.#turns(session).filter((turn) => turn.sequence > sequence);
    return within(turns.slice(0, limit), { mostBytes });
  }

  async turnIdsAfter(session: SessionKey, sequence: number, limit: number) {
    return (await this.turnsAfter(session, sequence, limit)).map(({ turnId }) => turnId);
  }

  async turnsBefore(session: SessionKey, sequence: number, limit: number) {
    return this.#turns(session)
      .filter((turn) => turn.sequence < sequence)
      .reverse()
      .slice(0, limit);
  }

  async historyBefore(session: SessionKey, sequence: number, bound: HistoryBound): Promise<SessionPast> {
    const newest = await this.turnsBefore(session, sequence, bound.mostTurns);
    const turns = within(newest, bound);
    return { turns, isCut: turns.length < newest.length || newest.length === bound.mostTurns };
  }

  async incarnationOf(session: SessionKey): Promise<string | undefined> {
    return this.#live(session)?.incarnation;
  }

  async newestTurns(
    tenantId: string,
    actorId: string,
    limit: number,
    withoutSession?: string,
    mostBytes?: number,
  ) {
    const newest = [...this.#kept.values()]
      .filter(({ key }) => key.tenantId === tenantId && key.actorId === actorId)
      .filter(({ key }) => key.sessionId !== withoutSession)
      .flatMap(({ key }) => this.#turns(key).map((turn) => ({ ...turn, sessionId: key.sessionId })))
      .sort((a, b) => b.atMs - a.atMs || b.sequence - a.sequence)
      .slice(0, limit);
    return within(newest, { mostBytes });
  }

  async *sessions(tenantId: string) {
    for (const { key } of this.#kept.values()) {
      const known = key.tenantId === tenantId ? this.#live(key) : undefined;
      if (known) {
        yield toSession(known);
      }
    }
  }

  async findTurn(tenantId: string, turnId: string) {
    for (const { key } of this.#kept.values()) {
      const turn = this.#turns(key).find((one) => one.turnId === turnId);
      if (turn && key.tenantId === tenantId) {
        return { ...key, ...turn };
      }
    }
    return undefined;
  }

  async deleteTurn(session: SessionKey, turnId: string): Promise<boolean> {
    const known = this.#live(session);
    const left = known?.turns.filter((turn) => turn.turnId !== turnId);
    const found = known !== undefined && left?.length !== known.turns.length;
    if (known && left) {
      known.deletedTurns += found ? 1 : 0;
      known.turns = left;
      known.summary = known.summaryClaim = undefined;
      known.summaryFailures = 0;
    }
    return found;
  }

  async findSummary(session: SessionKey): Promise<SessionSummary | undefined> {
    const summary = this.#live(session)?.summary;
    return summary && summary.oldestAtMs + this.#keptForMs > this.#clock.now() ? summary : undefined;
  }

  async claimSummary(
    session: SessionKey,
    claimId: string,
    untilMs: number,
  ): Promise<SummaryClaim | undefined> {
    const known = this.#live(session);
    if (known === undefined || (known.summaryClaim?.untilMs ?? 0) > this.#clock.now()) {
      return undefined;
    }
    known.summaryClaim = { claimId, untilMs };
    return {
      session,
      claimId,
      incarnation: known.incarnation,
      previous: await this.findSummary(session),
      failures: known.summaryFailures,
    };
  }

  async keepSummary({ session, claimId }: SummaryClaim, summary: SessionSummary): Promise<boolean> {
    const known = this.#live(session);
    if (known?.summaryClaim?.claimId !== claimId) {
      return false;
    }
    known.summary = summary;
    known.summaryClaim = undefined;
    known.summaryFailures = 0;
    return true;
  }

  async postponeSummary({ session, claimId, failures }: SummaryClaim, untilMs: number): Promise<void> {
    const known = this.#live(session);
    if (known?.summaryClaim?.claimId === claimId) {
      known.summaryClaim.untilMs = untilMs;
      known.summaryFailures = failures + 1;
    }
  }

  async releaseSummary({ session, claimId }: SummaryClaim): Promise<void> {
    const known = this.#live(session);
    if (known?.summaryClaim?.claimId === claimId) {
      known.summaryClaim = undefined;
    }
  }

  async deleteSession(session: SessionKey): Promise<void> {
    this.#kept.delete(idOf(session));
  }

  async deleteActor(tenantId: string, actorId: string): Promise<void> {
    this.#deleteAll(tenantId, { kind: "actor", actorId });
  }

  async deleteTenant(tenantId: string): Promise<void> {
    this.#deleteAll(tenantId, { kind: "tenant" });
  }

  async stored(tenantId: string, scope: ForgetScope): Promise<StoredCounts> {
    const within = this.#within(tenantId, scope);
    const turns = within.flatMap((one) => one.turns);
    return scope.kind === "turn"
      ? {
          sessions: 0,
          turns: turns.filter(({ turnId }) => turnId === scope.turnId).length,
          summaries: 0,
          bodies: 0,
          other: 0,
        }
      : {
          sessions: within.length,
          turns: turns.length,
          summaries: within.filter(({ summary }) => summary).length,
          bodies: 0,
          other: 0,
        };
  }

  #within(tenantId: string, scope: ForgetScope): Kept[] {
    return [...this.#kept.values()].filter(
      ({ key }) =>
        key.tenantId === tenantId &&
        (scope.kind === "tenant" || key.actorId === scope.actorId) &&
        (!("sessionId" in scope) || key.sessionId === scope.sessionId),
    );
  }

  #deleteAll(tenantId: string, scope: ForgetScope): void {
    for (const { key } of this.#within(tenantId, scope)) {
      this.#kept.delete(idOf(key));
    }
  }

  #begin(session: SessionKey, incarnation: string): Kept {
    const now = this.#clock.now();
    const begun: Kept = {
      key: session,
      incarnation,
      createdAtMs: now,
      updatedAtMs: now,
      lastSequence: 0,
      deletedTurns: 0,
      claim: undefined,
      turns: [],
      summary: undefined,
      summaryClaim: undefined,
      summaryFailures: 0,
    };
    this.#kept.set(idOf(session), begun);
    return begun;
  }

  #live(session: SessionKey): Kept | undefined {
    const known = this.#kept.get(idOf(session));
    return known && known.updatedAtMs + this.#keptForMs > this.#clock.now() ? known : undefined;
  }

  #turns(session: SessionKey): SessionTurn[] {
    const oldestMs = this.#clock.now() - this.#keptForMs;
    return (this.#live(session)?.turns ?? []).filter(({ atMs }) => atMs > oldestMs);
  }
}

function idOf({ tenantId, actorId, sessionId }: SessionKey): string {
  return JSON.stringify([tenantId, actorId, sessionId]);
}

function toSession({ key, incarnation, createdAtMs, updatedAtMs, lastSequence }: Kept): Session {
  return { ...key, incarnation, createdAtMs, updatedAtMs, lastSequence };
}

function within<T extends SessionTurn>(turns: readonly T[], bound: Partial<HistoryBound>): readonly T[] {
  const hasRoom = roomWithin(bound);
  const tooFar = turns.findIndex(({ messages, counted }) => {
    const bytes = Buffer.byteLength(JSON.stringify(messages));
    return !hasRoom({ bytes, tokens: counted?.tokens ?? 0 });
  });
  return tooFar < 0 ? turns : turns.slice(0, tooFar);
}
