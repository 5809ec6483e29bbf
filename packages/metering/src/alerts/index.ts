/** Alerts: what calls for one, that each is raised once, and that each is delivered. */
export type {
  Alert,
  AlertDraft,
  AlertId,
  AlertKey,
  AlertOwner,
  AlertRule,
} from "./alert.ts";
export type { AlertChannel } from "./alert-channel.ts";
export { AlertRaiser } from "./alert-raiser.ts";
export {
  type AlertRuleSet,
  type AlertRuleStore,
  defaultAlertRules,
  type OwnAlertRules,
} from "./alert-rule-set.ts";
export type { AlertPage, AlertRecord, AlertStore, Delivery } from "./alert-store.ts";
export type { HourlySpend } from "./anomaly-alert.ts";
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
