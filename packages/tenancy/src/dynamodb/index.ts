/** Adapters of tenancy's ports to DynamoDB. */
export { DynamoApiKeyStore } from "./api-key-store.ts";
export { DynamoAuditLog } from "./audit-log.ts";
export { DynamoIdempotencyStore } from "./idempotency-store.ts";
export { DynamoPlatformLimitsStore } from "./platform-limits-store.ts";
export { DynamoTenantStore } from "./tenant-store.ts";
