/** Alerts: what calls for one, that each is raised once, and that each is delivered. */
export {
  type Alert,
  type AlertDraft,
  type AlertId,
  type AlertKey,
  type AlertOwner,
  type AlertRule,
  alertIdOf,
  alertRules,
} from "./alert.ts";
export { type AlertChannel, DeliveryError } from "./alert-channel.ts";
export { alertMessage } from "./alert-message.ts";
export { AlertRaiser } from "./alert-raiser.ts";
export {
  type AlertRuleSet,
  type AlertRuleStore,
  defaultAlertRules,
  type OwnAlertRules,
} from "./alert-rule-set.ts";
export type { AlertPage, AlertRecord, AlertStore, Delivery } from "./alert-store.ts";
export { anomalyHistoryStartMs, type HourlySpend } from "./anomaly-alert.ts";
export { type DeliverParts, type DeliverReport, deliverAlerts } from "./deliver-alerts.ts";
export {
  type EvaluateParts,
  evaluateReports,
  evaluateThresholds,
  type ReportParts,
} from "./evaluate-alerts.ts";
export { reconciliationAlert, type UnpricedModel, unpricedAlert } from "./event-alerts.ts";
export type { MonthForecast } from "./forecast-alert.ts";
export { hourlySpend } from "./hourly-spend.ts";
