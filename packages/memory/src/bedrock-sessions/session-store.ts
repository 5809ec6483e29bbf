/**
 * Sessions in Bedrock Session Management. Bedrock keeps what was said; a table keeps all that Bedrock cannot: whose a
 * session is, who may write next, in which order turns come, and where each is. A turn is there once its item is.
 */
import type { BedrockAgentRuntimeClient } from "@aws-sdk/client-bedrock-agent-runtime";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Clock, type Refusal, type TenantId, tableName } from "@caprock/domain";
import { claimTurn, releaseTurn } from "../dynamodb/claim-turn.ts";
import { SessionHeads, toSession } from "../dynamodb/session-heads.ts";
import { turnName } from "../dynamodb/session-items.ts";
import { SessionSummaries } from "../dynamodb/session-summaries.ts";
import { TenantItems } from "../dynamodb/tenant-items.ts";
import { TurnIndex } from "../dynamodb/turn-index.ts";
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
import { turnText } from "../sessions/turn-text.ts";
import { bedrockSessionsTable } from "../tables.ts";
import { BedrockTexts } from "./bedrock-texts.ts";
import { ForgetTurns } from "./forget-turns.ts";
import { KeptTurns } from "./kept-turns.ts";
import { ReadTurns } from "./read-turns.ts";
import { type TurnItem, turnItem } from "./turn-items.ts";
import { mostKeptMs, Volumes } from "./volumes.ts";

export interface BedrockSessionStoreParts {
  readonly bedrock: BedrockAgentRuntimeClient;
  readonly client: DynamoDBDocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** A turn is kept this long after it was said, a session after its last turn; `mostKeptMs` where this is longer. */
  readonly keptForMs: number;
  /** The longest step; tests make it short. */
  readonly stepBytes?: number;
}

export class BedrockSessionStore implements SessionStore {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #summaries: SessionSummaries;
  readonly #kept: KeptTurns;
  readonly #index: TurnIndex<TurnItem>;
  readonly #read: ReadTurns;
  readonly #forget: ForgetTurns;
  readonly #clock: Clock;

  constructor({ bedrock, client, tablePrefix, clock, keptForMs, stepBytes }: BedrockSessionStoreParts) {
    const items = new TenantItems(client, tableName(tablePrefix, bedrockSessionsTable));
    const heads = new SessionHeads(items, clock, Math.min(keptForMs, mostKeptMs));
    const texts = new BedrockTexts(bedrock, stepBytes);
    const volumes = new Volumes({ items, heads, texts, clock });
    this.#items = items;
    this.#heads = heads;
    this.#summaries = new SessionSummaries(items, heads, clock);
    this.#kept = new KeptTurns({ items, volumes, texts, clock, life: (nowMs) => heads.life(nowMs) });
    this.#index = new TurnIndex({ items, heads, clock, schema: turnItem });
    this.#read = new ReadTurns({ index: this.#index, heads, volumes, texts });
    this.#forget = new ForgetTurns({ items, heads, summaries: this.#summaries, kept: this.#kept, volumes });
    this.#clock = clock;
  }

  claim(session: SessionKey, turnId: string, untilMs: number): Promise<TurnClaim | Refusal> {
    const hasTurn = async () => (await this.#read.find(session.tenantId, turnId)) !== undefined;
    const parts = { items: this.#items, heads: this.#heads, clock: this.#clock, hasTurn };
    return claimTurn(session, turnId, untilMs, parts);
  }

  async append(
    claim: TurnClaim,
    messages: readonly TurnMessage[],
    { sessionOnly = false, counted }: HowKept = {},
  ): Promise<SessionTurn | Refusal> {
    const { session, turnId, sequence, incarnation } = claim;
    const { tenantId } = session;
    const name = turnName(session, incarnation, sequence);
    const before = await this.#index.at(tenantId, name);
    if (before) {
      return this.#goOnFrom(claim, await this.#read.read(claim, before));
    }
    const atMs = this.#clock.now();
    const known = { turnId, sequence, atMs, sessionOnly, ...(counted && { counted }) };
    const text = turnText(messages);
    const place = await this.#kept.write({ ...claim, atMs }, text);
    const lengthBytes = Buffer.byteLength(text);
    const item = { tenantId, item: name, ...known, place, lengthBytes };
    const isWritten =
      place !== undefined &&
      (await this.#items.put({ ...item, ...this.#heads.life(atMs) }, "attribute_not_exists(tenantId)"));
    if (!isWritten) {
      const other = await this.#index.at(tenantId, name);
      return this.#goOnFrom(claim, other && (await this.#read.read(claim, other)));
    }
    const kept = await this.#goOnFrom(claim, { ...known, messages });
    if (!("refused" in kept)) {
      await this.#kept.settle({ ...claim, atMs }, text, place.volume);
    }
    return kept;
  }

  /** `there` is the turn that has the claimed number. Takes it back where its session is another by now. */
  async #goOnFrom(claim: TurnClaim, there: SessionTurn | undefined): Promise<SessionTurn | Refusal> {
    const { session, turnId, sequence, incarnation } = claim;
    if (there?.turnId === turnId) {
      if (await this.#heads.advance(session, incarnation, sequence)) {
        return there;
      }
      if ((await this.#heads.read(session))?.incarnation === incarnation) {
        return there;
      }
      await this.#items.delete(session.tenantId, turnName(session, incarnation, sequence));
    }
    await this.#kept.forget(claim, turnId);
    return sessionConflict(session, isTaken);
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

  sessions(tenantId: TenantId): AsyncIterable<Session> {
    return this.#heads.below(tenantId, "session/");
  }

  async incarnationOf(session: SessionKey): Promise<string | undefined> {
    return (await this.#heads.read(session))?.incarnation;
  }

  async turnsAfter(
    session: SessionKey,
    sequence: number,
    limit: number,
    mostBytes?: number,
  ): Promise<readonly SessionTurn[]> {
    const range = { after: sequence, limit, forward: true };
    return (await this.#read.between(session, range, roomWithin({ mostBytes }))).found;
  }

  turnIdsAfter(session: SessionKey, sequence: number, limit: number): Promise<readonly string[]> {
    return this.#read.idsBetween(session, { after: sequence, limit, forward: true });
  }

  async turnsBefore(session: SessionKey, sequence: number, limit: number): Promise<readonly SessionTurn[]> {
    return (await this.#read.between(session, { before: sequence, limit, forward: false })).found;
  }

  async historyBefore(session: SessionKey, sequence: number, bound: HistoryBound): Promise<SessionPast> {
    const range = { before: sequence, limit: bound.mostTurns, forward: false };
    const { found, isCut } = await this.#read.between(session, range, roomWithin(bound));
    return { turns: found, isCut };
  }

  newestTurns(
    tenantId: TenantId,
    actorId: string,
    limit: number,
    withoutSession?: string,
    mostBytes?: number,
  ) {
    return this.#read.newest(tenantId, actorId, limit, withoutSession, roomWithin({ mostBytes }));
  }

  findTurn(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    return this.#read.find(tenantId, turnId);
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

  deleteTurn(session: SessionKey, turnId: string): Promise<boolean> {
    return this.#forget.turn(session, turnId);
  }

  deleteSession({ tenantId, actorId, sessionId }: SessionKey): Promise<void> {
    return this.#forget.all(tenantId, { kind: "session", actorId, sessionId });
  }

  deleteActor(tenantId: TenantId, actorId: string): Promise<void> {
    return this.#forget.all(tenantId, { kind: "actor", actorId });
  }

  deleteTenant(tenantId: TenantId): Promise<void> {
    return this.#forget.all(tenantId, { kind: "tenant" });
  }

  stored(tenantId: TenantId, scope: ForgetScope): Promise<StoredCounts> {
    return this.#forget.stored(tenantId, scope);
  }
}
