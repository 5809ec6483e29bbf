/** Forgets a turn, a session, an actor or a tenant wherever memory keeps it, and proves it by reading afterwards. */
import type { TenantId } from "@caprock/domain";
import { type ForgetParts, type ForgetScope, forget } from "../long-term/forget.ts";
import type { ForgetReport } from "../long-term/long-term-memory.ts";
import type { SessionStore, StoredCounts } from "./session-store.ts";
import type { VectorStore } from "./vector-store.ts";

export interface ForgetMemoryParts {
  readonly sessions: SessionStore;
  /** Undefined where no vectors are kept. */
  readonly vectors: VectorStore | undefined;
  /** Undefined where the deployment has no long-term memory. */
  readonly longTerm: ForgetParts | undefined;
}

/** What was there, and what a reading after the deletion still found. */
export interface ForgetProof {
  readonly sessions: { readonly found: StoredCounts; readonly left: StoredCounts };
  /** How many turns had vectors. */
  readonly vectors: { readonly found: number; readonly left: number };
  readonly longTerm: ForgetReport | undefined;
  /** Whether nothing is left anywhere; what somebody said meanwhile may be. Forgetting again is safe. */
  readonly isComplete: boolean;
}

/** Sessions go first, so that nothing of them is embedded, or taken into long-term memory, any more when that is cleared. */
export async function forgetMemory(
  tenantId: TenantId,
  scope: ForgetScope,
  { sessions, vectors, longTerm }: ForgetMemoryParts,
): Promise<ForgetProof> {
  const found = await sessions.stored(tenantId, scope);
  const vectorsFound = (await vectors?.stored(tenantId, scope)) ?? 0;
  await deleteFrom(sessions, tenantId, scope);
  await vectors?.delete(tenantId, scope);
  const report = longTerm && (await forget(tenantId, scope, longTerm));
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
    isComplete: leftOver === 0,
  };
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
