/** Where the messages of turns go that one item of the session store's table cannot hold. */
import { CaprockError, type TenantId } from "@caprock/domain";

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

/** Where there is no such place: turns that one item cannot hold are refused, and none were ever kept. */
export const noTurnBodies: TurnBodies = {
  async put(_tenantId, _name, bytes) {
    throw new CaprockError({
      code: "body_too_large",
      message: `A turn of ${bytes.length} bytes is more than an item of the store holds, which has no place for larger turns.`,
    });
  },
  async get() {
    return undefined;
  },
  async *namesBelow() {
    // There are none.
  },
  async delete() {
    // Nothing is there.
  },
};
