/** Adapters of metering's ports to DynamoDB. */
export { DynamoAccountListing } from "./account-listing.ts";
export { DynamoAccountStore } from "./account-store.ts";
export { DynamoAdjustmentStore } from "./adjustment-store.ts";
export { DynamoAlertRuleStore, DynamoAlertStore } from "./alert-store.ts";
export { DynamoClosedMonthStore } from "./closed-month-store.ts";
export { DynamoGrantNotes } from "./grant-notes.ts";
export { DynamoLedgerStore } from "./ledger-store.ts";
export { DynamoReconciliationStore } from "./reconciliation-store.ts";
export { DynamoRollUpStore } from "./roll-up-store.ts";
