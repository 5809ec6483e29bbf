/** The tables of limits and of the ledger. */
import type { TableDeclaration } from "@caprock/platform";

/**
 * One item for each limit in each window, with what is available and every open hold on it. The index finds
 * the accounts that have open holds, by when the oldest may have to be looked at.
 */
export const accountsTable = {
  name: "accounts",
  partitionKey: { name: "accountId", type: "S" },
  indexes: [
    {
      name: "bySweepTime",
      partitionKey: { name: "sweepGroup", type: "S" },
      sortKey: { name: "sweepAtMs", type: "N" },
    },
  ],
  ttlAttribute: "deleteAfterSeconds",
} as const satisfies TableDeclaration;

/** One item for each request that was let through: its receipt. Partition `<tenant>#<month of arrival, UTC>`. */
export const ledgerTable = {
  name: "ledger",
  partitionKey: { name: "tenantMonth", type: "S" },
  sortKey: { name: "requestId", type: "S" },
} as const satisfies TableDeclaration;
