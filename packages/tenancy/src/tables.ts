/** The tables of tenancy: tenants with their keys, what admins did, and calls under idempotency keys. */
import type { TableDeclaration } from "@caprock/domain";

/**
 * One partition for each tenant, so that a session tagged with a tenant can be confined to it by leading key.
 * Records: `tenant`, and `key#<api key id>` for every key. The partition `platform` has the record `limits`.
 */
export const tenancyTable = {
  name: "tenancy",
  partitionKey: { name: "tenantId", type: "S" },
  sortKey: { name: "record", type: "S" },
} as const satisfies TableDeclaration;

/** One partition for each chain: a tenant's id, or `platform`. Sequence 0 is the chain's head, entries count from 1. */
export const auditTable = {
  name: "audit",
  partitionKey: { name: "chain", type: "S" },
  sortKey: { name: "sequence", type: "N" },
} as const satisfies TableDeclaration;

/**
 * Calls under idempotency keys, and their answers, sealed. One partition for each key, `<scope>#<hash of the key>`.
 * Records: `call`, and `piece#<request id>#<six digits>` for the body.
 */
export const idempotencyTable = {
  name: "idempotency",
  partitionKey: { name: "owner", type: "S" },
  sortKey: { name: "record", type: "S" },
  ttlAttribute: "expiresAtSeconds",
} as const satisfies TableDeclaration;
