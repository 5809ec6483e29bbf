/** The nouns of Caprock. No I/O here, and no dependency on any other package. */
export { type ApiKey, applicationPattern, defaultApplication, type SignIn } from "./api-key.ts";
export { canonicalJson } from "./canonical-json.ts";
export { type Clock, ManualClock, type Random, stoppedTimer, type Timer } from "./clock.ts";
export {
  type ContextPolicy,
  type ContextStrategy,
  contextStrategies,
  narrowedPolicy,
} from "./context-policy.ts";
export { type Deadline, inTime, type Late, late } from "./deadline.ts";
export {
  CaprockError,
  type ErrorCode,
  type ErrorDefinition,
  type ErrorKind,
  errorCatalog,
  type Problem,
  type Refusal,
  refusal,
} from "./errors.ts";
export {
  type ApiKeyId,
  apiKeyIdPattern,
  firstRequestIdAt,
  newApiKeyId,
  newRequestId,
  newTenantId,
  type RequestId,
  requestArrivalMs,
  requestIdPattern,
  type TenantId,
  tenantIdPattern,
} from "./ids.ts";
export {
  type LimitId,
  type LimitOverride,
  type LimitRule,
  type LimitScope,
  type LimitUnit,
  type LimitWindow,
  limitIdPattern,
  limitScopes,
  limitUnits,
  limitWindows,
  monthlyCapId,
  noPlatformLimits,
  type OverBudgetPolicy,
  overrideAt,
  type PlatformLimits,
  requestsPerMinuteId,
} from "./limit.ts";
export type {
  Model,
  ModelId,
  ModelModality,
  ModelRoute,
  ProfileScope,
  PromptCache,
  ReasoningControl,
} from "./model.ts";
export { divideRoundingUp, formatUsd, type NanoUsd, nanoUsdPerUsd, parseUsd, shortUsd } from "./money.ts";
export {
  createTableInput,
  type TableDeclaration,
  type TableIndex,
  type TableKey,
  tableName,
} from "./table.ts";
export {
  type Markup,
  markupAt,
  type Tenant,
  type TenantInferenceProfile,
  type TenantLimits,
  type TenantStatus,
  tenantStatuses,
} from "./tenant.ts";
export { addUsage, noTokens, promptTokens, type TokenClass, type TokenUsage, tokenClasses } from "./usage.ts";
