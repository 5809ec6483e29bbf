/** Port: notes of calls of grants that ended without telling their cost. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { GrantId } from "../account-store.ts";

/** The grant that let a call through, and the batch in which its process told the accounts of its end. */
export interface GrantBatch {
  readonly id: GrantId;
  readonly batch: number;
}

/** The batch of entries that no process was left to settle: after every other. */
const batchOfTheDead = Number.MAX_SAFE_INTEGER;

/**
 * Such a call has no ledger entry yet, and its accounts are told of it one by one. The note is written before them: if
 * the process dies in between, it tells which of them know, as the batch of an entry does.
 */
export interface GrantNotes {
  /** Writes a note, or a newer one over it. */
  note(tenantId: TenantId, requestId: RequestId, grant: GrantBatch): Promise<void>;
  find(tenantId: TenantId, requestId: RequestId): Promise<GrantBatch | undefined>;
}

/** What the entry of a call has to say of its grant that is written from Bedrock's log. */
export async function grantOfLogged(
  {
    tenantId,
    requestId,
    grantId,
  }: { tenantId: TenantId; requestId: RequestId; grantId?: GrantId | undefined },
  notes: GrantNotes,
): Promise<{ readonly grant?: GrantBatch }> {
  if (grantId === undefined) {
    return {};
  }
  const grant = await notes.find(tenantId, requestId);
  return { grant: grant ?? { id: grantId, batch: batchOfTheDead } };
}
