/** Whose stored turns a caller may read by their ids alone. */
import type { TenantId } from "@caprock/domain";
import type { Caller } from "@caprock/tenancy";
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";

export interface Reader {
  readonly tenantId: TenantId;
  /** Undefined for a key that names no actor: it reads all of its tenant's. */
  readonly actorId: string | undefined;
}

/** Who signed in reads what is their own; a key, what is of the actor that it names. */
export function readerOf(c: Context<RequestEnv>, { tenant, user }: Caller): Reader {
  return { tenantId: tenant.id, actorId: user ?? c.req.header("x-caprock-actor") };
}
