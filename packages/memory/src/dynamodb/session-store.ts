/**
 * Sessions in DynamoDB, by single conditional writes. A turn is there once its item is; the session's own item says who
 * may write the next one, and follows. A writer that dies between the two is caught up with by the next claim.
 */
import type { Clock, Refusal, TenantId } from "@caprock/domain";
import { type DocumentClient, tableName } from "@caprock/platform";
import type { ForgetScope } from "../long-term/forget.ts";
import { actorName } from "../long-term/memory-names.ts";
import type { SessionKey, SessionTurn, TurnMessage } from "../long-term/session-turn.ts";
import { isClaimed, isTaken, isThere, sessionConflict } from "../sessions/session-conflict.ts";
import type {
  Session,
  SessionPage,
  SessionStore,
  StoredCounts,
  TurnClaim,
} from "../sessions/session-store.ts";
import type { SessionSummary, SummaryClaim } from "../sessions/summary-store.ts";
import { sessionsTable } from "../tables.ts";
import { SessionHeads, toSession } from "./session-heads.ts";
import {
  fromPieces,
  partItem,
  partName,
  pointerItem,
  sessionPath,
  type TurnItem,
  toPieces,
  turnItem,
  turnName,
} from "./session-items.ts";
import { SessionSummaries } from "./session-summaries.ts";
import { countStored, storedItems } from "./stored-items.ts";
import { TenantItems } from "./tenant-items.ts";

export interface DynamoSessionStoreParts {
  readonly client: DocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** A turn is kept this long after it was said, a session after its last turn. */
  readonly keptForMs: number;
}

/** Each repetition means that another writer has got further, so few are needed. */
const mostAttempts = 8;

export class DynamoSessionStore implements SessionStore {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #summaries: SessionSummaries;
  readonly #clock: Clock;

  constructor({ client, tablePrefix, clock, keptForMs }: DynamoSessionStoreParts) {
    this.#items = new TenantItems(client, tableName(tablePrefix, sessionsTable));
    this.#heads = new SessionHeads(this.#items, clock, keptForMs);
    this.#summaries = new SessionSummaries(this.#items, this.#heads, clock);
    this.#clock = clock;
  }

  async claim(session: SessionKey, turnId: string, untilMs: number): Promise<TurnClaim | Refusal> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const nowMs = this.#clock.now();
      const head = await this.#heads.read(session);
      if (head === undefined) {
        if (await this.#heads.create(session, turnId, { claimedBy: turnId, claimedUntilMs: untilMs })) {
          return { session, turnId, sequence: 1, incarnation: turnId, deletedTurns: 0 };
        }
        continue;
      }
      if (head.claimedBy !== undefined && head.claimedBy !== turnId && (head.claimedUntilMs ?? 0) > nowMs) {
        return sessionConflict(session, isClaimed);
      }
      const { incarnation, lastSequence, deletedTurns } = head;
      const sequence = lastSequence + 1;
      if (await this.#items.get(session.tenantId, turnName(session, incarnation, sequence))) {
        await this.#heads.advance(session, incarnation, sequence);
        continue;
      }
      const claimed = await this.#heads.claim(session, head, turnId, untilMs);
      if (claimed) {
        const claim = { session, turnId, sequence, incarnation, deletedTurns };
        if (await this.findTurn(session.tenantId, turnId)) {
          await this.release(claim);
          return sessionConflict(session, isThere);
        }
        return claim;
      }
    }
    return sessionConflict(session, isClaimed);
  }

  async append(
    claim: TurnClaim,
    messages: readonly TurnMessage[],
    { sessionOnly = false }: Pick<SessionTurn, "sessionOnly"> = {},
  ): Promise<SessionTurn | Refusal> {
    const { session, turnId, sequence, incarnation } = claim;
    const { tenantId, actorId, sessionId } = session;
    const atMs = this.#clock.now();
    const life = this.#heads.life(atMs);
    const name = turnName(session, incarnation, sequence);
    const [bytes, ...rest] = toPieces(messages);
    for (const [index, piece] of rest.entries()) {
      await this.#items.put({ tenantId, item: partName(name, turnId, index), bytes: piece, ...life });
    }
    await this.#items.put({
      tenantId,
      item: `turn-id/${turnId}`,
      actorId,
      sessionId,
      incarnation,
      sequence,
      ...life,
    });
    const written = await this.#items.put(
      { tenantId, item: name, sequence, turnId, atMs, bytes, parts: rest.length, sessionOnly, ...life },
      "attribute_not_exists(tenantId)",
    );
    const kept = written ? { turnId, atMs } : await this.#turnAt(tenantId, name);
    if (kept?.turnId !== turnId) {
      await this.#discard(claim, rest.length);
      return sessionConflict(session, isTaken);
    }
    if (!(await this.#heads.advance(session, incarnation, sequence))) {
      const head = await this.#heads.read(session);
      if (head?.incarnation !== incarnation) {
        await this.#items.delete(tenantId, name);
        await this.#discard(claim, rest.length);
        return sessionConflict(session, isTaken);
      }
    }
    return { turnId, sequence, atMs: kept.atMs, messages, sessionOnly };
  }

  renew(claim: TurnClaim, untilMs: number): Promise<void> {
    return this.#heads.renew(claim, untilMs);
  }

  /** Where an append failed after its turn was written, the turn is there: its session goes on from it. */
  async release(claim: TurnClaim): Promise<void> {
    const { session, turnId, sequence, incarnation } = claim;
    const turn = await this.#turnAt(session.tenantId, turnName(session, incarnation, sequence));
    if (turn?.turnId === turnId) {
      await this.#heads.advance(session, incarnation, sequence);
    } else {
      await this.#heads.release(claim);
    }
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

  turnsAfter(session: SessionKey, sequence: number, limit: number): Promise<readonly SessionTurn[]> {
    return this.#turns(session, { after: sequence, limit, forward: true });
  }

  turnsBefore(session: SessionKey, sequence: number, limit: number): Promise<readonly SessionTurn[]> {
    return this.#turns(session, { before: sequence, limit, forward: false });
  }

  async incarnationOf(session: SessionKey): Promise<string | undefined> {
    return (await this.#heads.read(session))?.incarnation;
  }

  async newestTurns(tenantId: TenantId, actorId: string, limit: number) {
    const sessions: Session[] = [];
    for await (const session of this.#heads.below(tenantId, `session/${actorName(tenantId, actorId)}/`)) {
      sessions.push(session);
    }
    let turns: (SessionTurn & { readonly sessionId: string })[] = [];
    for (const session of sessions.sort((a, b) => b.updatedAtMs - a.updatedAtMs)) {
      if (turns.length === limit && (turns.at(-1)?.atMs ?? 0) > session.updatedAtMs) {
        // No turn of this session, or of those behind it, is newer than what was found.
        break;
      }
      const newest = await this.turnsBefore(session, session.lastSequence + 2, limit);
      turns = [...turns, ...newest.map((turn) => ({ ...turn, sessionId: session.sessionId }))]
        .sort((a, b) => b.atMs - a.atMs || b.sequence - a.sequence)
        .slice(0, limit);
    }
    return turns;
  }

  sessions(tenantId: TenantId): AsyncIterable<Session> {
    return this.#heads.below(tenantId, "session/");
  }

  async findTurn(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    const found = await this.#items.get(tenantId, `turn-id/${turnId}`);
    if (found === undefined) {
      return undefined;
    }
    const { actorId, sessionId, incarnation, sequence } = pointerItem.parse(found);
    const session = { tenantId, actorId, sessionId };
    const item = await this.#turnAt(tenantId, turnName(session, incarnation, sequence));
    const turn = item?.turnId === turnId ? await this.#read(tenantId, item) : undefined;
    return turn && { ...session, ...turn };
  }

  async deleteTurn(session: SessionKey, turnId: string): Promise<boolean> {
    const { tenantId } = session;
    const found = await this.#items.get(tenantId, `turn-id/${turnId}`);
    const pointer = found && pointerItem.parse(found);
    if (pointer?.actorId !== session.actorId || pointer.sessionId !== session.sessionId) {
      return false;
    }
    const name = turnName(session, pointer.incarnation, pointer.sequence);
    // Before the turn, so that no fork takes a summary along that tells of what it could not copy; and after it, since
    // whoever claims a summary from then on does not read it.
    await this.#summaries.delete(session);
    const wasThere = await this.#items.update(session, name, {
      UpdateExpression: "REMOVE turnId, bytes, parts",
      ConditionExpression: "turnId = :turn",
      ExpressionAttributeValues: { ":turn": turnId },
    });
    // After the turn, so that nobody reads it and takes that for what stands now.
    await this.#heads.noteDeletion(session, pointer.incarnation);
    await this.#items.deleteBelow(tenantId, `part/${name}/${turnId}/`);
    await this.#summaries.delete(session);
    await this.#items.delete(tenantId, `turn-id/${turnId}`);
    return wasThere;
  }

  async deleteSession(session: SessionKey): Promise<void> {
    const { tenantId } = session;
    const path = sessionPath(session);
    // Its own item goes first: whoever is about to append finds it gone, and takes its turn back.
    await this.#items.delete(tenantId, `session/${path}`);
    await this.#items.deleteBelow(tenantId, `part/turn/${path}/`);
    await this.#items.deleteBelow(tenantId, `turn/${path}/`);
    await this.#summaries.delete(session);
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

  deleteActor(tenantId: TenantId, actorId: string): Promise<void> {
    return this.#deleteAll(tenantId, { kind: "actor", actorId });
  }

  deleteTenant(tenantId: TenantId): Promise<void> {
    return this.#deleteAll(tenantId, { kind: "tenant" });
  }

  stored(tenantId: TenantId, scope: ForgetScope): Promise<StoredCounts> {
    return countStored(this.#items, tenantId, scope);
  }

  async #deleteAll(tenantId: TenantId, scope: ForgetScope): Promise<void> {
    for await (const { item, turnId } of storedItems(this.#items, tenantId, scope)) {
      await this.#items.delete(tenantId, item);
      if (turnId !== undefined) {
        await this.#items.delete(tenantId, `turn-id/${turnId}`);
      }
    }
  }

  async #turns(
    session: SessionKey,
    range: { after?: number; before?: number; limit: number; forward: boolean },
  ): Promise<readonly SessionTurn[]> {
    const head = await this.#heads.read(session);
    const { after = 0, before = 1e12 - 1, limit, forward } = range;
    const turns: SessionTurn[] = [];
    if (head === undefined || limit < 1 || before <= after + 1) {
      return turns;
    }
    const items = this.#items.between(
      session.tenantId,
      turnName(session, head.incarnation, after + 1),
      turnName(session, head.incarnation, before - 1),
      { pageSize: Math.min(limit, 100), forward },
    );
    for await (const found of items) {
      const turn = await this.#read(session.tenantId, turnItem.parse(found));
      if (turn && turns.push(turn) === limit) {
        return turns;
      }
    }
    return turns;
  }

  /** Undefined for what is deleted or has expired. */
  async #read(tenantId: TenantId, turn: TurnItem): Promise<SessionTurn | undefined> {
    const { item, turnId, sequence, atMs, expiresAtMs, bytes, parts, sessionOnly } = turn;
    if (turnId === undefined || bytes === undefined || expiresAtMs <= this.#clock.now()) {
      return undefined;
    }
    const pieces = [bytes];
    for (let index = 0; index < parts; index++) {
      const part = await this.#items.get(tenantId, partName(item, turnId, index));
      if (part === undefined) {
        // Parts go after their turn does, so it was deleted while it was read.
        return undefined;
      }
      pieces.push(partItem.parse(part).bytes);
    }
    return { turnId, sequence, atMs, messages: fromPieces(pieces), sessionOnly };
  }

  async #turnAt(tenantId: TenantId, name: string): Promise<TurnItem | undefined> {
    const found = await this.#items.get(tenantId, name);
    return found && turnItem.parse(found);
  }

  /** Removes what an append wrote before it lost. */
  async #discard({ session, turnId, sequence, incarnation }: TurnClaim, parts: number): Promise<void> {
    const name = turnName(session, incarnation, sequence);
    for (let index = 0; index < parts; index++) {
      await this.#items.delete(session.tenantId, partName(name, turnId, index));
    }
    await this.#items.delete(session.tenantId, `turn-id/${turnId}`);
  }
}
