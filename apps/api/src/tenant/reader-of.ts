/** Whose stored turns a caller may read by their ids alone. */
import type { TenantId } from "@caprock/domain";
import type { Caller } from "@caprock/tenancy";

export interface Reader {
  readonly tenantId: TenantId;
  /** Undefined for a key that names no actor: it reads all of its tenant's. */
  readonly actorId: string | undefined;
}

/** Who signed in reads what is their own; a key, what is of the actor that its request names. */
export function readerOf({ tenant, user }: Caller, named: string | undefined): Reader {
  return { tenantId: tenant.id, actorId: user ?? named };
}
