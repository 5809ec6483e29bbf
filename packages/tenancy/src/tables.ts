/** The table of tenants and their keys. */
import type { TableDeclaration } from "@caprock/platform";

/**
 * One partition for each tenant, so that a session tagged with a tenant can be confined to it by leading key.
 * Records: `tenant`, and `key#<api key id>` for every key.
 */
export const tenancyTable = {
  name: "tenancy",
  partitionKey: { name: "tenantId", type: "S" },
  sortKey: { name: "record", type: "S" },
} as const satisfies TableDeclaration;
