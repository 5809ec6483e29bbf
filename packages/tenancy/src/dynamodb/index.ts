/** Adapters of tenancy's ports to DynamoDB. */
export { DynamoApiKeyStore } from "./api-key-store.ts";
export { DynamoTenantStore } from "./tenant-store.ts";
