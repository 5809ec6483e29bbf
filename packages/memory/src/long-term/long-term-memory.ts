/** The port of long-term memory: what was said, and what was drawn from it, by tenant and actor. */
import type { TenantId } from "@caprock/domain";
import type { EventPart } from "./event-parts.ts";
import type { StrategyName } from "./memory-strategies.ts";

/** One stored event: some turns of one session, as `event-parts.ts` cuts them. */
export interface NewEvent {
  readonly sessionId: string;
  /** The same token stores the same event once, however often it is sent. */
  readonly token: string;
  /** Of its first turn. */
  readonly atMs: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly parts: readonly EventPart[];
}

export interface MemoryEvent {
  readonly eventId: string;
  readonly sessionName: string;
  readonly atMs: number;
  readonly parts: readonly EventPart[];
}

/** Something drawn from a conversation. */
export interface MemoryRecord {
  readonly recordId: string;
  readonly strategy: StrategyName;
  readonly text: string;
  /** When it was drawn, which is some time after it was said. */
  readonly atMs: number;
  /** Where it is kept. */
  readonly namespace: string;
}

export interface FoundRecord extends MemoryRecord {
  /** How well it fits the query; larger is better. */
  readonly score: number;
}

export interface RecordSearch {
  /** What one strategy keeps; undefined: all of them, in one call that costs as much. */
  readonly strategy?: StrategyName | undefined;
  /** At most this many. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export type PreferenceWish = Pick<RecordSearch, "limit" | "signal">;

/** What was removed, and what a reading afterwards still found: nothing, unless it came meanwhile. */
export interface ForgetReport {
  readonly eventsRemoved: number;
  readonly recordsRemoved: number;
  readonly eventsLeft: number;
  readonly recordsLeft: number;
}

/** Every method takes the tenant first and never shows, or touches, what is another tenant's or another actor's. */
export interface LongTermMemory {
  /** Stores one event. Idempotent by its token. Throws CaprockError (`upstream_…`). */
  ingest(tenantId: TenantId, actorId: string, event: NewEvent): Promise<void>;
  /** The best records for a query, best first. Throws CaprockError. */
  search(
    tenantId: TenantId,
    actorId: string,
    query: string,
    search: RecordSearch,
  ): Promise<readonly FoundRecord[]>;
  /**
   * What an actor prefers, whatever is asked: the newest `limit`, oldest first, so that they are the same from one question
   * to the next until one is drawn or goes. Throws CaprockError.
   */
  preferences(tenantId: TenantId, actorId: string, wish: PreferenceWish): Promise<readonly MemoryRecord[]>;
  /** All records of an actor. Throws CaprockError, also once `signal` is aborted. */
  records(tenantId: TenantId, actorId: string, signal?: AbortSignal): AsyncIterable<MemoryRecord>;
  /** All events of an actor, for an export. Throws as `records` does. */
  events(tenantId: TenantId, actorId: string, signal?: AbortSignal): AsyncIterable<MemoryEvent>;
  /**
   * Removes a turn: its event is stored again without it, and every record that may have been drawn from it goes: those
   * of its session, and those of the actor that are not older than its event.
   */
  forgetTurn(tenantId: TenantId, actorId: string, sessionId: string, turnId: string): Promise<ForgetReport>;
  /** Removes a session's events and records, and the actor's records that are not older than its first event. */
  forgetSession(tenantId: TenantId, actorId: string, sessionId: string): Promise<ForgetReport>;
  forgetActor(tenantId: TenantId, actorId: string): Promise<ForgetReport>;
  forgetTenant(tenantId: TenantId): Promise<ForgetReport>;
}
