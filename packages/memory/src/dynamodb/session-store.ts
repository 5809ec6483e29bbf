/**
 * Sessions in DynamoDB, by single conditional writes. A turn is there once its item is, which is written after the body
 * that it may name; the session's own item says who may write the next one, and follows. A writer that dies between the
 * two is caught up with by the next claim.
 */

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Clock, type Refusal, type TenantId, tableName } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionKey, SessionTurn, TurnMessage } from "../long-term/session-turn.ts";
import { roomWithin } from "../sessions/history-room.ts";
import { isTaken, sessionConflict } from "../sessions/session-conflict.ts";
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
import { noTurnBodies, type TurnBodies } from "../sessions/turn-bodies.ts";
import { sessionsTable } from "../tables.ts";
import { claimTurn, releaseTurn } from "./claim-turn.ts";
import { SessionForgetting } from "./session-forgetting.ts";
import { SessionHeads, toSession } from "./session-heads.ts";
import { type TurnItem, turnName } from "./session-items.ts";
import { SessionSummaries } from "./session-summaries.ts";
import { SessionTurns } from "./session-turns.ts";
import { TenantItems } from "./tenant-items.ts";
import { type StoredContent, TurnContents } from "./turn-contents.ts";

export interface DynamoSessionStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** A turn is kept this long after it was said, a session after its last turn. */
  readonly keptForMs: number;
  /** Takes what is said in turns that one item cannot hold, some 400 KB. Without it `append` throws `body_too_large` for them. */
  readonly bodies?: TurnBodies | undefined;
}

export class DynamoSessionStore implements SessionStore {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #summaries: SessionSummaries;
  readonly #contents: TurnContents;
  readonly #turns: SessionTurns;
  readonly #forgetting: SessionForgetting;
  readonly #clock: Clock;

  constructor({ client, tablePrefix, clock, keptForMs, bodies = noTurnBodies }: DynamoSessionStoreParts) {
    this.#items = new TenantItems(client, tableName(tablePrefix, sessionsTable));
    this.#heads = new SessionHeads(this.#items, clock, keptForMs);
    this.#summaries = new SessionSummaries(this.#items, this.#heads, clock);
    this.#contents = new TurnContents(bodies);
    this.#turns = new SessionTurns(this.#items, this.#heads, this.#contents, clock);
    this.#forgetting = new SessionForgetting(this.#items, this.#heads, this.#summaries, this.#contents);
    this.#clock = clock;
  }

  claim(session: SessionKey, turnId: string, untilMs: number): Promise<TurnClaim | Refusal> {
    const hasTurn = async () => (await this.findTurn(session.tenantId, turnId)) !== undefined;
    const parts = { items: this.#items, heads: this.#heads, clock: this.#clock, hasTurn };
    return claimTurn(session, turnId, untilMs, parts);
  }

  async append(
    claim: TurnClaim,
    messages: readonly TurnMessage[],
    { sessionOnly = false, counted }: HowKept = {},
  ): Promise<SessionTurn | Refusal> {
    const { session, turnId, sequence, incarnation } = claim;
    const { tenantId, actorId, sessionId } = session;
    const atMs = this.#clock.now();
    const life = this.#heads.life(atMs);
    const name = turnName(session, incarnation, sequence);
    const content = await this.#contents.write(claim, messages);
    await this.#items.put({
      tenantId,
      item: `turn-id/${turnId}`,
      actorId,
      sessionId,
      incarnation,
      sequence,
      ...life,
    });
    const turn = { turnId, sequence, atMs, sessionOnly, ...(counted && { counted }) };
    const item: TurnItem = { item: name, ...turn, ...content, ...life };
    if (await this.#items.put({ tenantId, ...item }, "attribute_not_exists(tenantId)")) {
      return this.#goOn(claim, { ...turn, messages }, content);
    }
    const kept = await this.#turns.itemAt(tenantId, name);
    if (kept?.turnId !== turnId || kept.body?.name !== content.body?.name) {
      await this.#contents.discard(tenantId, content);
    }
    const first = kept?.turnId === turnId ? await this.#turns.read(session, kept) : undefined;
    if (kept === undefined || first === undefined) {
      await this.#items.delete(tenantId, `turn-id/${turnId}`);
      return sessionConflict(session, isTaken);
    }
    return this.#goOn(claim, first, kept);
  }

  /** Takes the turn back where its session is another by now. */
  async #goOn(
    { session, turnId, sequence, incarnation }: TurnClaim,
    turn: SessionTurn,
    content: StoredContent,
  ): Promise<SessionTurn | Refusal> {
    if (!(await this.#heads.advance(session, incarnation, sequence))) {
      const head = await this.#heads.read(session);
      if (head?.incarnation !== incarnation) {
        await this.#items.delete(session.tenantId, turnName(session, incarnation, sequence));
        await this.#contents.discard(session.tenantId, content);
        await this.#items.delete(session.tenantId, `turn-id/${turnId}`);
        return sessionConflict(session, isTaken);
      }
    }
    return turn;
  }

  renew(claim: TurnClaim, untilMs: number): Promise<void> {
    return this.#heads.renew(claim, untilMs);
  }

  release(claim: TurnClaim): Promise<void> {
    return releaseTurn(claim, { items: this.#items, heads: this.#heads });
  }

  create(session: SessionKey, createdBy: string): Promise<boolean> {
    return this.#heads.create(session, createdBy);
  }

  async find(session: SessionKey): Promise<Session | undefined> {
    const head = await this.#heads.read(session);
    return head && toSession(session.tenantId, head);
  }

  listSessions(tenantId: TenantId, page: SessionPage): Promise<readonly Session[]> {
    return this.#heads.list(tenantId, page);
  }

  async turnsAfter(
    session: SessionKey,
    sequence: number,
    limit: number,
    mostBytes?: number,
  ): Promise<readonly SessionTurn[]> {
    const range = { after: sequence, limit, forward: true };
    return (await this.#turns.between(session, range, roomWithin({ mostBytes }))).found;
  }

  turnIdsAfter(session: SessionKey, sequence: number, limit: number): Promise<readonly string[]> {
    return this.#turns.idsBetween(session, { after: sequence, limit, forward: true });
  }

  async turnsBefore(session: SessionKey, sequence: number, limit: number): Promise<readonly SessionTurn[]> {
    return (await this.#turns.between(session, { before: sequence, limit, forward: false })).found;
  }

  async historyBefore(session: SessionKey, sequence: number, bound: HistoryBound): Promise<SessionPast> {
    const range = { before: sequence, limit: bound.mostTurns, forward: false };
    const { found, isCut } = await this.#turns.between(session, range, roomWithin(bound));
    return { turns: found, isCut };
  }

  async incarnationOf(session: SessionKey): Promise<string | undefined> {
    return (await this.#heads.read(session))?.incarnation;
  }

  newestTurns(
    tenantId: TenantId,
    actorId: string,
    limit: number,
    withoutSession?: string,
    mostBytes?: number,
  ) {
    return this.#turns.newest(tenantId, actorId, limit, withoutSession, roomWithin({ mostBytes }));
  }

  sessions(tenantId: TenantId): AsyncIterable<Session> {
    return this.#heads.below(tenantId, "session/");
  }

  findTurn(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    return this.#turns.find(tenantId, turnId);
  }

  deleteTurn(session: SessionKey, turnId: string): Promise<boolean> {
    return this.#forgetting.deleteTurn(session, turnId);
  }

  deleteSession(session: SessionKey): Promise<void> {
    return this.#forgetting.deleteSession(session);
  }

  findSummary(session: SessionKey): Promise<SessionSummary | undefined> {
    return this.#summaries.find(session);
  }

  claimSummary(session: SessionKey, claimId: string, untilMs: number): Promise<SummaryClaim | undefined> {
    return this.#summaries.claim(session, claimId, untilMs);
  }

  keepSummary(claim: SummaryClaim, summary: SessionSummary): Promise<boolean> {
    return this.#summaries.keep(claim, summary);
  }

  releaseSummary(claim: SummaryClaim): Promise<void> {
    return this.#summaries.release(claim);
  }

  postponeSummary(claim: SummaryClaim, untilMs: number): Promise<void> {
    return this.#summaries.postpone(claim, untilMs);
  }

  deleteActor(tenantId: TenantId, actorId: string): Promise<void> {
    return this.#forgetting.deleteAll(tenantId, { kind: "actor", actorId });
  }

  deleteTenant(tenantId: TenantId): Promise<void> {
    return this.#forgetting.deleteAll(tenantId, { kind: "tenant" });
  }

  stored(tenantId: TenantId, scope: ForgetScope): Promise<StoredCounts> {
    return this.#forgetting.stored(tenantId, scope);
  }
}
