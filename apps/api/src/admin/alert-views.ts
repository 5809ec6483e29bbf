/** Writes alerts, their rules and reconciliations as the admin wire has them. */
import type { AlertRulesInput, AlertRulesView, AlertView, ReconciliationView } from "@caprock/contract";
import { formatUsd } from "@caprock/domain";
import {
  type AlertRecord,
  type AlertRuleSet,
  defaultAlertRules,
  type OwnAlertRules,
  type Reconciliation,
} from "@caprock/metering";

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

export function alertView({
  id,
  owner,
  rule,
  window,
  summary,
  facts,
  raisedAtMs,
  deliveries,
}: AlertRecord): AlertView {
  return {
    id,
    owner,
    rule,
    window,
    summary,
    facts,
    raisedAt: iso(raisedAtMs),
    deliveries: Object.entries(deliveries).map(
      ([channel, { state, attempts, dueAtMs, deliveredAtMs, lastFailure }]) => ({
        channel,
        state,
        attempts,
        ...(state === "pending" ? { nextAttemptAt: iso(dueAtMs) } : {}),
        ...(deliveredAtMs === undefined ? {} : { deliveredAt: iso(deliveredAtMs) }),
        ...(lastFailure === undefined ? {} : { lastFailure }),
      }),
    ),
  };
}

/** `rules` are the owner's own; undefined where it has none. */
export function alertRulesView(rules: OwnAlertRules | undefined): AlertRulesView {
  const { thresholds, forecast, anomaly } = rules ?? defaultAlertRules;
  return {
    percents: [...thresholds.percents],
    counting: thresholds.counting,
    limits: thresholds.limits,
    forecast,
    anomalyFloorUsd: anomaly ? formatUsd(anomaly.floorNanoUsd) : null,
    own: rules !== undefined,
    version: rules?.version ?? 0,
  };
}

export function alertRulesFromInput({
  percents,
  counting,
  limits,
  forecast,
  anomalyFloorUsd,
}: Omit<AlertRulesInput, "version">): AlertRuleSet {
  return {
    thresholds: { percents: [...new Set(percents)].sort((a, b) => a - b), counting, limits },
    forecast,
    ...(anomalyFloorUsd === null ? {} : { anomaly: { floorNanoUsd: anomalyFloorUsd } }),
  };
}

export function reconciliationView(reconciliation: Reconciliation): ReconciliationView {
  const { id, source, startMs, endMs, requestedAtMs, state, finishedAtMs, report } = reconciliation;
  return {
    id,
    source,
    start: iso(startMs),
    end: iso(endMs),
    requestedAt: iso(requestedAtMs),
    state,
    ...(finishedAtMs === undefined ? {} : { finishedAt: iso(finishedAtMs) }),
    ...(report === undefined
      ? {}
      : {
          report: {
            verdict: report.verdict,
            checked: report.checked,
            unreadable: report.unreadable,
            differences: report.differences,
            driftUsd: formatUsd(report.driftNanoUsd),
            components: report.components.map((one) => ({
              component: one.component,
              ledgerCount: String(one.ledgerCount),
              otherCount: String(one.otherCount),
              driftCount: String(one.driftCount),
              ledgerUsd: formatUsd(one.ledgerNanoUsd),
              otherUsd: formatUsd(one.otherNanoUsd),
              driftUsd: formatUsd(one.driftNanoUsd),
            })),
            worst: report.worst.map(({ driftCount, driftNanoUsd, ...what }) => ({
              ...what,
              driftCount: String(driftCount),
              driftUsd: formatUsd(driftNanoUsd),
            })),
          },
        }),
  };
}
