/** Forgets a turn, a session, an actor or a tenant wherever memory keeps it, and proves it by reading afterwards. */
import { type Deadline, inTime, type Late, late, type TenantId } from "@caprock/domain";
import { type ForgetParts, type ForgetScope, forget } from "../long-term/forget.ts";
import type { ForgetReport } from "../long-term/long-term-memory.ts";
import type { SessionStore, StoredCounts } from "./session-store.ts";
import type { VectorStore } from "./vector-store.ts";

/** Long-term memory, for callers who wait for it. */
export interface LongTermParts extends ForgetParts {
  /** How long they wait: for a page of what they read, and for all that they have forgotten. Undefined: to its end. */
  readonly deadline?: Deadline | undefined;
  /** Takes forgetting that nobody waits for any more, and tells where it fails. */
  readonly inBackground?: ((work: Promise<unknown>) => void) | undefined;
}

export interface ForgetMemoryParts {
  readonly sessions: SessionStore;
  /** Undefined where no vectors are kept. */
  readonly vectors: VectorStore | undefined;
  /** Undefined where the deployment has no long-term memory. */
  readonly longTerm: LongTermParts | undefined;
}

/** What was there, and what a reading after the deletion still found. */
export interface ForgetProof {
  readonly sessions: { readonly found: StoredCounts; readonly left: StoredCounts };
  /** How many turns had vectors. */
  readonly vectors: { readonly found: number; readonly left: number };
  /** Undefined where the deployment has no long-term memory, and where it is unfinished. */
  readonly longTerm: ForgetReport | undefined;
  /** Whether long-term memory was not done in time: it goes on, and forgetting again tells what it came to. */
  readonly isUnfinished: boolean;
  /** Whether nothing is left anywhere; what somebody said meanwhile may be. Forgetting again is safe. */
  readonly isComplete: boolean;
}

/**
 * Sessions go first, so that nothing of them is embedded, or taken into long-term memory, any more when that is cleared. AgentCore
 * takes one call for each event, twenty a second, and may hang: who waits is answered by its deadline.
 */
export async function forgetMemory(
  tenantId: TenantId,
  scope: ForgetScope,
  { sessions, vectors, longTerm }: ForgetMemoryParts,
): Promise<ForgetProof> {
  const found = await sessions.stored(tenantId, scope);
  const vectorsFound = (await vectors?.stored(tenantId, scope)) ?? 0;
  await deleteFrom(sessions, tenantId, scope);
  await vectors?.delete(tenantId, scope);
  const outcome = longTerm && (await forgetInTime(tenantId, scope, longTerm));
  const isUnfinished = outcome === late;
  const report = outcome === late ? undefined : outcome;
  const left = await sessions.stored(tenantId, scope);
  const vectorsLeft = (await vectors?.stored(tenantId, scope)) ?? 0;
  const leftOver =
    vectorsLeft +
    left.sessions +
    left.turns +
    left.summaries +
    left.bodies +
    left.other +
    (report ? report.eventsLeft + report.recordsLeft : 0);
  return {
    sessions: { found, left },
    vectors: { found: vectorsFound, left: vectorsLeft },
    longTerm: report,
    isUnfinished,
    isComplete: leftOver === 0 && !isUnfinished,
  };
}

function forgetInTime(
  tenantId: TenantId,
  scope: ForgetScope,
  longTerm: LongTermParts,
): Promise<ForgetReport | Late> {
  const { deadline, inBackground } = longTerm;
  const work = () => forget(tenantId, scope, longTerm);
  return deadline ? inTime(deadline, work, inBackground) : work();
}

async function deleteFrom(sessions: SessionStore, tenantId: TenantId, scope: ForgetScope): Promise<void> {
  switch (scope.kind) {
    case "turn":
      await sessions.deleteTurn({ tenantId, ...scope }, scope.turnId);
      break;
    case "session":
      await sessions.deleteSession({ tenantId, ...scope });
      break;
    case "actor":
      await sessions.deleteActor(tenantId, scope.actorId);
      break;
    case "tenant":
      await sessions.deleteTenant(tenantId);
  }
}
