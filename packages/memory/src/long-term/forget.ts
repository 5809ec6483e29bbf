/** Forgets in long-term memory, by turn, session, actor or tenant. */
import type { TenantId } from "@caprock/domain";
import type { IngestionMarks } from "./ingestion-marks.ts";
import type { ForgetReport, LongTermMemory } from "./long-term-memory.ts";

export type ForgetScope =
  | { readonly kind: "turn"; readonly actorId: string; readonly sessionId: string; readonly turnId: string }
  | { readonly kind: "session"; readonly actorId: string; readonly sessionId: string }
  | { readonly kind: "actor"; readonly actorId: string }
  | { readonly kind: "tenant" };

export interface ForgetParts {
  readonly memory: LongTermMemory;
  readonly marks: IngestionMarks;
}

/**
 * To be called after the session store has deleted its turns: a worker that sends at this moment looks there afterwards
 * and removes what it sent. AgentCore may still be drawing from an event that is gone, which no call can stop: forgetting
 * again some minutes later removes that too, and its report shows whether there was any.
 */
export async function forget(
  tenantId: TenantId,
  scope: ForgetScope,
  { memory, marks }: ForgetParts,
): Promise<ForgetReport> {
  switch (scope.kind) {
    case "turn":
      return memory.forgetTurn(tenantId, scope.actorId, scope.sessionId, scope.turnId);
    case "session":
      await marks.removeSession({ tenantId, actorId: scope.actorId, sessionId: scope.sessionId });
      return memory.forgetSession(tenantId, scope.actorId, scope.sessionId);
    case "actor":
      await marks.removeActor(tenantId, scope.actorId);
      return memory.forgetActor(tenantId, scope.actorId);
    case "tenant":
      await marks.removeTenant(tenantId);
      return memory.forgetTenant(tenantId);
  }
}
