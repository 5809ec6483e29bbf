/** The HTTP wire of the admin API: schemas, routes and a typed client. */
export {
  type AdjustmentView,
  type ClosedMonthView,
  listAdjustmentsRoute,
  listClosedMonthsRoute,
  type RerateReportView,
  rerateRoute,
} from "./admin/adjustments.ts";
export {
  type AlertRulesInput,
  type AlertRulesView,
  type AlertView,
  listAlertsRoute,
  readAlertRulesRoute,
  readPlatformAlertRulesRoute,
  replaceAlertRulesRoute,
  replacePlatformAlertRulesRoute,
} from "./admin/alerts.ts";
export {
  type ApiKeyView,
  type CreatedApiKeyView,
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
  rotateApiKeyRoute,
  updateApiKeyRoute,
} from "./admin/api-keys.ts";
export {
  type AuditEntryView,
  type AuditReportView,
  listAuditRoute,
  listPlatformAuditRoute,
  verifyAuditRoute,
  verifyPlatformAuditRoute,
} from "./admin/audit.ts";
export {
  AdminApiError,
  type AdminClient,
  type AdminClientOptions,
  createAdminClient,
} from "./admin/client.ts";
export { contextPolicy } from "./admin/context-policy.ts";
export {
  type HoldView,
  listHoldsRoute,
  listPlatformHoldsRoute,
  releaseHoldRoute,
  releasePlatformHoldRoute,
} from "./admin/holds.ts";
export { addInferenceProfileRoute, removeInferenceProfileRoute } from "./admin/inference-profiles.ts";
export type {
  LimitOverrideInput,
  LimitOverrideView,
  LimitRuleInput,
  LimitRuleView,
  WireUnit,
} from "./admin/limit-types.ts";
export {
  addOverrideRoute,
  addPlatformOverrideRoute,
  endOverrideRoute,
  endPlatformOverrideRoute,
  type LimitStandingView,
  listLimitsRoute,
  type PlatformLimitsView,
  readPlatformLimitsRoute,
  replacePlatformLimitsRoute,
} from "./admin/limits.ts";
export { type ForgetProofView, forgetActorRoute, forgetProof, forgetTenantRoute } from "./admin/memory.ts";
export {
  type CloudWatchUsageReportView,
  compareSourcesRoute,
  type MetricsPolicyView,
  readMetricsPolicyRoute,
  type SourceComparisonView,
} from "./admin/metrics.ts";
export {
  listReconciliationsRoute,
  type ReconciliationView,
  requestReconciliationRoute,
} from "./admin/reconciliations.ts";
export {
  focusCsvRoute,
  forecastRoute,
  type MoversReportView,
  moversRoute,
  type SpendForecastView,
  statementRoute,
  type UsageReportView,
  usageCsvRoute,
  usageReportRoute,
} from "./admin/reports.ts";
export {
  createTenantRoute,
  listTenantsRoute,
  readTenantRoute,
  type TenantChangeInput,
  type TenantView,
  updateTenantRoute,
} from "./admin/tenants.ts";
export {
  type LedgerEntryView,
  listLedgerRoute,
  type UsageSummaryView,
  usageSummaryRoute,
} from "./admin/usage.ts";
export {
  createSessionBody,
  forkSessionBody,
  type ListedMemoriesView,
  type ListedSessionsView,
  type ListedTurnsView,
  type MemoryRecordView,
  memoryListQuery,
  type SessionSummaryView,
  type SessionTurnView,
  type SessionView,
  sessionPageQuery,
  type TurnPageQuery,
  turnPageQuery,
} from "./sessions/sessions.ts";
export {
  CaprockSocket,
  type CaprockSocketOptions,
  type WebSocketLike,
} from "./socket/caprock-socket.ts";
export { gatewayMessage, gatewayMessageTemplate } from "./socket/gateway-message.ts";
export {
  type ClientMessage,
  clientMessage,
  type MessagePart,
  messagePart,
  type ResumeTurn,
  type ServerMessage,
  type SocketProblem,
  type StartTurn,
  serverMessage,
} from "./socket/messages.ts";
export { longestTextBytes, PartsInMemory, textsOf } from "./socket/parts.ts";
export { type SocketTurn, SocketTurnError } from "./socket/socket-turn.ts";
