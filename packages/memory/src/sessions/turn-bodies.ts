/** Where the messages of turns go that one item of the session store's table cannot hold. */
import type { TenantId } from "@caprock/domain";

/** Names are the session store's; a tenant's bodies are never found under another's. */
export interface TurnBodies {
  /** Whole or not at all; repeating it changes nothing. */
  put(tenantId: TenantId, name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is none of this name. */
  get(tenantId: TenantId, name: string): Promise<Uint8Array | undefined>;
  /** The names that begin with `prefix`, all of the tenant's for an empty one. */
  namesBelow(tenantId: TenantId, prefix: string): AsyncIterable<string>;
  /** Safe to repeat. */
  delete(tenantId: TenantId, name: string): Promise<void>;
}
