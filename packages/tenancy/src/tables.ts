/** The table of tenants and their keys, and that of what admins did. */
import type { TableDeclaration } from "@caprock/platform";

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
