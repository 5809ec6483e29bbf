/** Memory as the API shows it. */
import type {
  ForgetProofView,
  MemoryRecordView,
  SessionSummaryView,
  SessionTurnView,
  SessionView,
} from "@caprock/contract";
import {
  type ForgetProof,
  type ForgetScope,
  type MemoryRecord,
  recordKinds,
  type Session,
  type SessionSummary,
  type SessionTurn,
} from "@caprock/memory";

export function sessionView({
  sessionId,
  actorId,
  createdAtMs,
  updatedAtMs,
  lastSequence,
}: Session): SessionView {
  return {
    object: "session",
    id: sessionId,
    actor: actorId,
    createdAt: instant(createdAtMs),
    updatedAt: instant(updatedAtMs),
    lastSequence,
  };
}

export function turnView({ turnId, sequence, atMs, messages }: SessionTurn): SessionTurnView {
  return { object: "session.turn", id: turnId, sequence, createdAt: instant(atMs), messages };
}

export function summaryView({ text, throughSequence }: SessionSummary, session: string): SessionSummaryView {
  return { object: "session.summary", session, throughSequence, text };
}

export function recordView({ recordId, strategy, text, atMs }: MemoryRecord): MemoryRecordView {
  return {
    object: "memory.record",
    id: recordId,
    kind: recordKinds[strategy],
    text,
    createdAt: instant(atMs),
  };
}

export function forgetProofView(scope: ForgetScope, proof: ForgetProof): ForgetProofView {
  const { sessions, vectors, longTerm, isUnfinished, isComplete } = proof;
  return {
    object: "memory.forgotten",
    scope: {
      kind: scope.kind,
      ...("actorId" in scope ? { actor: scope.actorId } : {}),
      ...("sessionId" in scope ? { session: scope.sessionId } : {}),
      ...("turnId" in scope ? { turn: scope.turnId } : {}),
    },
    complete: isComplete,
    ...(isUnfinished && { unfinished: ["longTermMemory" as const] }),
    removed: {
      sessionStore: sessions.found,
      vectors: vectors.found,
      ...(longTerm && {
        longTermMemory: { events: longTerm.eventsRemoved, records: longTerm.recordsRemoved },
      }),
    },
    left: {
      sessionStore: sessions.left,
      vectors: vectors.left,
      ...(longTerm && { longTermMemory: { events: longTerm.eventsLeft, records: longTerm.recordsLeft } }),
    },
  };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
