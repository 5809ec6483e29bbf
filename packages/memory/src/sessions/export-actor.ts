/** Reads all that memory keeps of an actor, for an export. */
import type { TenantId } from "@caprock/domain";
import type { MemoryEvent, MemoryRecord } from "../long-term/long-term-memory.ts";
import { readInTime } from "../long-term/read-in-time.ts";
import type { SessionTurn } from "../long-term/session-turn.ts";
import type { ForgetMemoryParts } from "./forget-memory.ts";
import type { Session, SessionStore } from "./session-store.ts";
import type { SessionSummary } from "./summary-store.ts";

export type ExportedItem =
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "turn"; readonly sessionId: string; readonly turn: SessionTurn }
  | { readonly kind: "summary"; readonly sessionId: string; readonly summary: SessionSummary }
  | { readonly kind: "event"; readonly event: MemoryEvent }
  | { readonly kind: "record"; readonly record: MemoryRecord };

/** Read at once. */
const pageTurns = 20;
const pageBytes = 8_000_000;
const pageSessions = 100;

/**
 * A session, then its turns in order and its summary; then what long-term memory has. Reads on as it is read; throws CaprockError
 * (`upstream_timeout`) where long-term memory keeps it waiting.
 */
export async function* exportActor(
  tenantId: TenantId,
  actorId: string,
  { sessions, longTerm }: Pick<ForgetMemoryParts, "sessions" | "longTerm">,
): AsyncGenerator<ExportedItem> {
  let after: Session | undefined;
  do {
    const page: readonly Session[] = await sessions.listSessions(tenantId, {
      actorId,
      after,
      limit: pageSessions,
    });
    for (const session of page) {
      yield { kind: "session", session };
      yield* turnsOf(session, sessions);
      const summary = await sessions.findSummary(session);
      if (summary) {
        yield { kind: "summary", sessionId: session.sessionId, summary };
      }
    }
    after = page.at(-1);
  } while (after !== undefined);
  if (longTerm) {
    const { memory, deadline } = longTerm;
    for await (const event of readInTime((signal) => memory.events(tenantId, actorId, signal), deadline)) {
      yield { kind: "event", event };
    }
    for await (const record of readInTime((signal) => memory.records(tenantId, actorId, signal), deadline)) {
      yield { kind: "record", record };
    }
  }
}

async function* turnsOf(session: Session, sessions: SessionStore): AsyncGenerator<ExportedItem> {
  let turns = await sessions.turnsAfter(session, 0, pageTurns, pageBytes);
  for (let last = turns.at(-1); last !== undefined; last = turns.at(-1)) {
    for (const turn of turns) {
      yield { kind: "turn", sessionId: session.sessionId, turn };
    }
    turns = await sessions.turnsAfter(session, last.sequence, pageTurns, pageBytes);
  }
}
