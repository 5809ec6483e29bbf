/** Tenants, their API keys, and who is calling. */
export { type AuthenticationParts, authenticate, type Caller } from "./authenticate.ts";
export { createTenant, type NewTenant, type TenancyParts } from "./create-tenant.ts";
export { type IssuedApiKey, issueApiKey } from "./issue-api-key.ts";
export { newSecret, secretMatches, sha256Hex } from "./key-text.ts";
export type { ApiKeyStore, TenantStore } from "./stores.ts";
export { type TenantChange, tenantNotFound, updateTenant } from "./update-tenant.ts";
