/** For tests: long-term memory in a Map. It remembers whole sentences of users as facts, at once. */
import { CaprockError } from "@caprock/domain";
import { type EventPart, hasTurn, withoutTurn } from "../long-term/event-parts.ts";
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

interface Kept extends MemoryEvent {
  readonly actor: string;
  readonly token: string;
}

export class InMemoryLongTermMemory implements LongTermMemory {
  kept: Kept[] = [];
  /** Thrown by the next calls of `ingest`, after the event was stored if `stored` says so. */
  failures: { readonly error: Error; readonly stored: boolean }[] = [];

  async ingest(tenantId: string, actorId: string, event: NewEvent): Promise<void> {
    const failure = this.failures.shift();
    if (failure === undefined || failure.stored) {
      this.#keep(actorName(tenantId, actorId), sessionName(event.sessionId), event);
    }
    if (failure) {
      throw failure.error;
    }
  }

  async search(
    tenantId: string,
    actorId: string,
    query: string,
    { strategy, limit }: RecordSearch,
  ): Promise<readonly FoundRecord[]> {
    const words = new Set(query.toLowerCase().split(/\W+/));
    return this.#records(actorName(tenantId, actorId))
      .filter((record) => (strategy ?? record.strategy) === record.strategy)
      .map((record) => ({
        ...record,
        score: record.text
          .toLowerCase()
          .split(/\W+/)
          .filter((word) => words.has(word)).length,
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, limit);
  }

  async preferences(tenantId: string, actorId: string, { limit }: PreferenceWish) {
    return this.#records(actorName(tenantId, actorId))
      .filter(({ strategy }) => strategy === "userPreference")
      .slice(-limit);
  }

  async *records(tenantId: string, actorId: string, signal?: AbortSignal): AsyncIterable<MemoryRecord> {
    checkReader(signal);
    yield* this.#records(actorName(tenantId, actorId));
  }

  async *events(tenantId: string, actorId: string, signal?: AbortSignal): AsyncIterable<MemoryEvent> {
    checkReader(signal);
    yield* this.kept.filter(({ actor }) => actor === actorName(tenantId, actorId));
  }

  async forgetTurn(
    tenantId: string,
    actorId: string,
    sessionId: string,
    turnId: string,
  ): Promise<ForgetReport> {
    const actor = actorName(tenantId, actorId);
    const session = sessionName(sessionId);
    const holding = this.kept.filter(
      (one) => one.actor === actor && one.sessionName === session && hasTurn(one.parts, turnId),
    );
    const report = this.#forget((one) => holding.includes(one));
    for (const one of holding) {
      this.#keep(actor, session, { ...one, parts: withoutTurn(one.parts, turnId) });
    }
    return report;
  }

  async forgetSession(tenantId: string, actorId: string, sessionId: string): Promise<ForgetReport> {
    const actor = actorName(tenantId, actorId);
    const session = sessionName(sessionId);
    return this.#forget((one) => one.actor === actor && one.sessionName === session);
  }

  async forgetActor(tenantId: string, actorId: string): Promise<ForgetReport> {
    const actor = actorName(tenantId, actorId);
    return this.#forget((one) => one.actor === actor);
  }

  async forgetTenant(tenantId: string): Promise<ForgetReport> {
    const prefix = tenantActorsPrefix(tenantId);
    return this.#forget(({ actor }) => actor.startsWith(prefix));
  }

  #keep(
    actor: string,
    session: string,
    event: { readonly token: string; readonly atMs: number; readonly parts: readonly EventPart[] },
  ): void {
    if (event.parts.length > 0 && !this.kept.some(({ token }) => token === event.token)) {
      const { token, atMs, parts } = event;
      this.kept.push({ eventId: token, actor, sessionName: session, atMs, parts, token });
    }
  }

  #records(actor: string): MemoryRecord[] {
    return this.kept
      .filter((one) => one.actor === actor)
      .flatMap(({ parts, atMs, token }) =>
        parts.flatMap((part, index) =>
          "text" in part && part.role === "user"
            ? [
                {
                  recordId: `${token}-${index}`,
                  strategy: /\bprefer\b/.test(part.text)
                    ? ("userPreference" as const)
                    : ("semantic" as const),
                  text: part.text,
                  atMs,
                  namespace: `/tenants/${actor}/records/`,
                },
              ]
            : [],
        ),
      );
  }

  #forget(concerns: (one: Kept) => boolean): ForgetReport {
    const gone = this.kept.filter(concerns);
    const recordsRemoved = gone.flatMap(({ parts }) => parts).filter((part) => "text" in part).length;
    this.kept = this.kept.filter((one) => !concerns(one));
    return { eventsRemoved: gone.length, recordsRemoved, eventsLeft: 0, recordsLeft: 0 };
  }
}

function checkReader(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new CaprockError({ code: "upstream_timeout", message: "Nobody reads any more." });
  }
}
