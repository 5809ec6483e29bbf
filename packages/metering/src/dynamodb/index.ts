/** Adapters of metering's ports to DynamoDB. */
export { DynamoAccountStore } from "./account-store.ts";
export { DynamoLedgerStore } from "./ledger-store.ts";
