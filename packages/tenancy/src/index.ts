/** Tenants, their API keys and limits, who is calling, and what admins did. */
export { type AccessKeyPair, accessKeyPairOf } from "./access-key-pair.ts";
export {
  type IssuedToken,
  issueTokenForKey,
  issueTokenForSignIn,
  type SignInRequest,
  type TokenIssueParts,
} from "./access-token/issue-token.ts";
export { newTokenKey } from "./access-token/new-token-key.ts";
export type { IdentityProviders } from "./access-token/sign-in.ts";
export { type AccessTokens, accessTokens, tokenLifeSeconds } from "./access-token/sign-token.ts";
export { addOverride, type TenantOverride } from "./add-override.ts";
export {
  type AuditAction,
  type AuditChain,
  type AuditEntry,
  type ChainedEntry,
  platformChain,
  readEntry,
} from "./audit-chain.ts";
export type { AuditLog, ChainHead } from "./audit-log.ts";
export { type AuthenticationParts, authenticate, type Caller } from "./authenticate.ts";
export { authenticateSignature, type Claimant, findClaimant } from "./authenticate-signature.ts";
export { CachedPlatformLimits, type CachedPlatformLimitsParts } from "./cached-platform-limits.ts";
export { authenticateTicket, type CallerTicket, ticketOf } from "./caller-ticket.ts";
export { createTenant, type NewTenant, type TenancyParts } from "./create-tenant.ts";
export type { PlatformEditParts } from "./edit-platform-limits.ts";
export { type TenantEditParts, tenantNotFound } from "./edit-tenant.ts";
export { endOverride } from "./end-override.ts";
export type {
  IdempotencyStore,
  KeyedCall,
  KeyName,
  StandingCall,
  StoredAnswer,
} from "./idempotency/idempotency-store.ts";
export { addInferenceProfile, checkProfileRoom, removeInferenceProfile } from "./inference-profiles.ts";
export { type IssuedApiKey, issueApiKey, type NewApiKey } from "./issue-api-key.ts";
export { newSecret, parseKeyText, secretMatches, sha256Hex } from "./key-text.ts";
export type { NewOverride } from "./overrides.ts";
export { addPlatformOverride, endPlatformOverride, type PlatformOverride } from "./platform-overrides.ts";
export { callerCopyMaxAgeMs, RecentCallers } from "./recent-callers.ts";
export { type ChangeParts, recordChange, type ToldChange } from "./record-change.ts";
export { revokeApiKey } from "./revoke-api-key.ts";
export { rotateApiKey } from "./rotate-api-key.ts";
export type { ApiKeyDescription, ApiKeyStore, PlatformLimitsStore, TenantStore } from "./stores.ts";
export { type ApiKeyChange, apiKeyNotFound, type KeyChangeParts, updateApiKey } from "./update-api-key.ts";
export { type PlatformChange, updatePlatformLimits } from "./update-platform-limits.ts";
export { type TenantChange, updateTenant } from "./update-tenant.ts";
export { type ChainFault, type ChainReport, verifyAuditChain } from "./verify-audit-chain.ts";
