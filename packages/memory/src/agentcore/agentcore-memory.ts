/** Long-term memory on AgentCore. Failures are CaprockErrors; retries are the caller's. */
import { createHash } from "node:crypto";
import {
  type BedrockAgentCoreClient,
  CreateEventCommand,
  ListMemoryRecordsCommand,
  paginateListMemoryRecords,
  RetrieveMemoryRecordsCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import type { TenantId } from "@caprock/domain";
import { hasTurn, withoutTurn } from "../long-term/event-parts.ts";
import type {
  ForgetReport,
  FoundRecord,
  LongTermMemory,
  MemoryEvent,
  MemoryRecord,
  NewEvent,
  PreferenceWish,
  RecordSearch,
} from "../long-term/long-term-memory.ts";
import { actorName, sessionName, tenantActorsPrefix } from "../long-term/memory-names.ts";
import { memoryStrategies, preferenceStrategy } from "../long-term/memory-strategies.ts";
import {
  actorNamespace,
  sessionNamespaces,
  strategyNamespace,
  strategyOf,
  tenantNamespace,
} from "../long-term/namespaces.ts";
import { memoryFailure } from "./errors.ts";
import { toPayload } from "./event-payload.ts";
import { AgentCoreEvents, type StoredEvent } from "./events.ts";
import { deleteRecords, type StoredRecord, toStoredRecord } from "./records.ts";

export interface AgentCoreMemoryOptions {
  readonly client: BedrockAgentCoreClient;
  readonly memoryId: string;
}

/** AgentCore's longest search query. */
const mostQueryCharacters = 10_000;

/** AgentCore's largest page. */
const mostInPage = 100;

/** How far AgentCore's clock, which dates records, may be behind ours, which dates turns. */
const clockSkewMs = 5 * 60_000;

export class AgentCoreMemory implements LongTermMemory {
  readonly #client: BedrockAgentCoreClient;
  readonly #memoryId: string;
  readonly #events: AgentCoreEvents;

  constructor({ client, memoryId }: AgentCoreMemoryOptions) {
    this.#client = client;
    this.#memoryId = memoryId;
    this.#events = new AgentCoreEvents(client, memoryId);
  }

  async ingest(tenantId: TenantId, actorId: string, event: NewEvent): Promise<void> {
    await this.#createEvent(actorName(tenantId, actorId), sessionName(event.sessionId), event);
  }

  async search(
    tenantId: TenantId,
    actorId: string,
    query: string,
    { strategy, limit, signal }: RecordSearch,
  ): Promise<readonly FoundRecord[]> {
    const one = memoryStrategies.find(({ name }) => name === strategy);
    const command = new RetrieveMemoryRecordsCommand({
      memoryId: this.#memoryId,
      namespacePath: one ? strategyNamespace(one, tenantId, actorId) : actorNamespace(tenantId, actorId),
      searchCriteria: { searchQuery: query.slice(0, mostQueryCharacters), topK: limit },
      maxResults: limit,
    });
    const { memoryRecordSummaries = [] } = await told(this.#client.send(command, { abortSignal: signal }));
    const found = memoryRecordSummaries.flatMap((summary) => {
      const record = ofActor(toStoredRecord(summary), tenantId, actorId);
      return record ? [{ ...record, score: summary.score ?? 0 }] : [];
    });
    return found.filter((record) => (strategy ?? record.strategy) === record.strategy).slice(0, limit);
  }

  /** Of one page, which is a hundred: AgentCore merges what it draws, and few actors have as many. */
  async preferences(
    tenantId: TenantId,
    actorId: string,
    { limit, signal }: PreferenceWish,
  ): Promise<readonly MemoryRecord[]> {
    const namespacePath = strategyNamespace(preferenceStrategy, tenantId, actorId);
    const command = new ListMemoryRecordsCommand({
      memoryId: this.#memoryId,
      namespacePath,
      maxResults: mostInPage,
    });
    const { memoryRecordSummaries = [] } = await told(this.#client.send(command, { abortSignal: signal }));
    return memoryRecordSummaries
      .flatMap((summary) => ofActor(toStoredRecord(summary), tenantId, actorId) ?? [])
      .filter(({ strategy }) => strategy === "userPreference")
      .sort((a, b) => a.atMs - b.atMs || (a.recordId < b.recordId ? -1 : 1))
      .slice(-limit);
  }

  async *records(tenantId: TenantId, actorId: string, signal?: AbortSignal): AsyncIterable<MemoryRecord> {
    for await (const stored of this.#stored(actorNamespace(tenantId, actorId), signal)) {
      const record = ofActor(stored, tenantId, actorId);
      if (record !== undefined) {
        yield record;
      }
    }
  }

  async *events(tenantId: TenantId, actorId: string, signal?: AbortSignal): AsyncIterable<MemoryEvent> {
    const stored = this.#events.ofActor(actorName(tenantId, actorId), signal);
    for await (const { eventId, session, atMs, parts } of stored) {
      yield { eventId, sessionName: session, atMs, parts };
    }
  }

  async forgetTurn(
    tenantId: TenantId,
    actorId: string,
    sessionId: string,
    turnId: string,
  ): Promise<ForgetReport> {
    const actor = actorName(tenantId, actorId);
    const holding = () => this.#holding(actor, sessionName(sessionId), turnId);
    const events = await collect(holding());
    const drawn = this.#drawnFrom(tenantId, actorId, sessionId, events);
    const removedFirst = await deleteRecords(this.#client, this.#memoryId, await drawn());
    for (const { eventId, session, parts, ...event } of events) {
      const rest = withoutTurn(parts, turnId);
      if (rest.length > 0) {
        // First the rest is stored, then the whole deleted: a crash between the two leaves what is done again.
        const token = createHash("sha256").update(`${eventId} without ${turnId}`).digest("hex");
        await this.#createEvent(actor, session, { ...event, token, parts: rest }, { storedAgain: "true" });
      }
    }
    for (const event of events) {
      await this.#events.delete(event);
    }
    return this.#report({ events: events.length, records: removedFirst }, drawn, holding);
  }

  async forgetSession(tenantId: TenantId, actorId: string, sessionId: string): Promise<ForgetReport> {
    const ofSession = () => this.#events.ofSession(actorName(tenantId, actorId), sessionName(sessionId));
    const events = await collect(ofSession());
    const drawn = this.#drawnFrom(tenantId, actorId, sessionId, events);
    // Records before events: after a crash the events still tell since when records are concerned.
    const records = await deleteRecords(this.#client, this.#memoryId, await drawn());
    for (const event of events) {
      await this.#events.delete(event);
    }
    return this.#report({ events: events.length, records }, drawn, ofSession);
  }

  async forgetActor(tenantId: TenantId, actorId: string): Promise<ForgetReport> {
    const ofActor = () => this.#events.ofActor(actorName(tenantId, actorId));
    const eventsRemoved = (await this.#removeEvents(ofActor())).length;
    return this.#removeBelow(actorNamespace(tenantId, actorId), eventsRemoved, ofActor);
  }

  async forgetTenant(tenantId: TenantId): Promise<ForgetReport> {
    const ofTenant = () => this.#events.ofActorsBelow(tenantActorsPrefix(tenantId));
    const eventsRemoved = (await this.#removeEvents(ofTenant())).length;
    return this.#removeBelow(tenantNamespace(tenantId), eventsRemoved, ofTenant);
  }

  async #createEvent(
    actor: string,
    session: string,
    event: Omit<NewEvent, "sessionId">,
    marks: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const command = new CreateEventCommand({
      memoryId: this.#memoryId,
      actorId: actor,
      sessionId: session,
      eventTimestamp: new Date(event.atMs),
      payload: event.parts.map(toPayload),
      clientToken: event.token,
      metadata: Object.fromEntries(
        Object.entries({
          firstSequence: `${event.firstSequence}`,
          lastSequence: `${event.lastSequence}`,
          ...marks,
        }).map(([key, stringValue]) => [key, { stringValue }]),
      ),
    });
    await told(this.#client.send(command));
  }

  async *#stored(namespacePath: string, abortSignal?: AbortSignal): AsyncGenerator<StoredRecord> {
    const pages = paginateListMemoryRecords(
      { client: this.#client, pageSize: mostInPage },
      { memoryId: this.#memoryId, namespacePath },
      { abortSignal },
    );
    try {
      for await (const { memoryRecordSummaries = [] } of pages) {
        // AgentCore promises the hierarchy; a record from outside it is never shown and never deleted.
        yield* memoryRecordSummaries
          .map(toStoredRecord)
          .filter(({ namespace }) => namespace.startsWith(namespacePath));
      }
    } catch (error) {
      throw memoryFailure(error);
    }
  }

  async *#holding(actor: string, session: string, turnId: string): AsyncGenerator<StoredEvent> {
    for await (const event of this.#events.ofSession(actor, session)) {
      if (hasTurn(event.parts, turnId)) {
        yield event;
      }
    }
  }

  async #removeEvents(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
    const all = await collect(events);
    for (const event of all) {
      await this.#events.delete(event);
    }
    return all;
  }

  /** Reads the records that may come from these events: their session's, and the actor's that are not older. */
  #drawnFrom(
    tenantId: TenantId,
    actorId: string,
    sessionId: string,
    events: readonly StoredEvent[],
  ): () => Promise<StoredRecord[]> {
    const sinceMs = Math.min(...events.map(({ atMs }) => atMs)) - clockSkewMs;
    const own = sessionNamespaces(tenantId, actorId, sessionId);
    const others = memoryStrategies
      .filter(({ namespace }) => !namespace.includes("{sessionId}"))
      .map((strategy) => strategyNamespace(strategy, tenantId, actorId));
    const under = (namespaces: readonly string[], { namespace }: StoredRecord) =>
      namespaces.some((one) => namespace.startsWith(one));
    return async () => {
      const all = await collect(this.#stored(actorNamespace(tenantId, actorId)));
      return all.filter((one) => under(own, one) || (one.atMs >= sinceMs && under(others, one)));
    };
  }

  #removeBelow(
    namespace: string,
    eventsRemoved: number,
    events: () => AsyncIterable<StoredEvent>,
  ): Promise<ForgetReport> {
    const removed = { events: eventsRemoved, records: 0 };
    return this.#report(removed, () => collect(this.#stored(namespace)), events);
  }

  /** Removes records once more and reads again: what is left is read, not reckoned. */
  async #report(
    removed: { readonly events: number; readonly records: number },
    records: () => Promise<readonly StoredRecord[]>,
    events: () => AsyncIterable<StoredEvent>,
  ): Promise<ForgetReport> {
    const recordsRemoved = await deleteRecords(this.#client, this.#memoryId, await records());
    return {
      eventsRemoved: removed.events,
      recordsRemoved: removed.records + recordsRemoved,
      eventsLeft: (await collect(events())).length,
      recordsLeft: (await records()).length,
    };
  }
}

function ofActor(stored: StoredRecord, tenantId: TenantId, actorId: string): MemoryRecord | undefined {
  const strategy = strategyOf(stored.namespace, tenantId, actorId);
  return strategy === undefined ? undefined : { ...stored, strategy };
}

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw memoryFailure(error);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}
