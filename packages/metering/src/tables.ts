/** The tables of limits, of the ledger, and of what follows from it. */
import type { TableDeclaration } from "@caprock/domain";

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

/**
 * One item for each UTC hour of a tenant that has been rolled up or was written to late, and one with how far rolling
 * up has come. The index finds the hours to roll up again.
 */
export const rollupsTable = {
  name: "rollups",
  partitionKey: { name: "tenantId", type: "S" },
  sortKey: { name: "part", type: "S" },
  indexes: [
    {
      name: "byDueTime",
      partitionKey: { name: "dueGroup", type: "S" },
      sortKey: { name: "dueAtMs", type: "N" },
    },
  ],
} as const satisfies TableDeclaration;

/**
 * One item for each adjustment, kept beside its call: partition `<tenant>#<month of arrival, UTC>`. The index lists
 * what counts in a bill: `<tenant>#<month of the tenant's time zone>`.
 */
export const adjustmentsTable = {
  name: "adjustments",
  partitionKey: { name: "tenantMonth", type: "S" },
  sortKey: { name: "adjustmentId", type: "S" },
  indexes: [
    {
      name: "byBill",
      partitionKey: { name: "tenantBill", type: "S" },
      sortKey: { name: "adjustmentId", type: "S" },
    },
  ],
} as const satisfies TableDeclaration;

/** One item for each month of a tenant that is closed. */
export const closedMonthsTable = {
  name: "closedMonths",
  partitionKey: { name: "tenantId", type: "S" },
  sortKey: { name: "closedMonth", type: "S" },
} as const satisfies TableDeclaration;

/**
 * One item for each alert that was raised, kept as history. The indexes list them, of one owner or of all, and find
 * those that are still to be delivered.
 */
export const alertsTable = {
  name: "alerts",
  partitionKey: { name: "alertId", type: "S" },
  indexes: [
    {
      name: "byOwner",
      partitionKey: { name: "owner", type: "S" },
      sortKey: { name: "raisedAtMs", type: "N" },
    },
    {
      name: "byTime",
      partitionKey: { name: "listGroup", type: "S" },
      sortKey: { name: "raisedAtMs", type: "N" },
    },
    {
      name: "byDelivery",
      partitionKey: { name: "dueGroup", type: "S" },
      sortKey: { name: "deliverAtMs", type: "N" },
    },
  ],
} as const satisfies TableDeclaration;

/** The alert rules of owners that have their own: tenants, and the platform. */
export const alertRulesTable = {
  name: "alert-rules",
  partitionKey: { name: "owner", type: "S" },
} as const satisfies TableDeclaration;

/** One item for each range that was compared with AWS's records, or is to be; kept as history. */
export const reconciliationsTable = {
  name: "reconciliations",
  partitionKey: { name: "reconciliationId", type: "S" },
  indexes: [
    {
      name: "bySource",
      partitionKey: { name: "source", type: "S" },
      sortKey: { name: "requestedAtMs", type: "N" },
    },
    {
      name: "byTime",
      partitionKey: { name: "listGroup", type: "S" },
      sortKey: { name: "requestedAtMs", type: "N" },
    },
    {
      name: "byDueTime",
      partitionKey: { name: "dueGroup", type: "S" },
      sortKey: { name: "dueAtMs", type: "N" },
    },
  ],
} as const satisfies TableDeclaration;
