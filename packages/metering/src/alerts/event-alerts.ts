/** Alerts for what happens at an instant: a model without a price, a reconciliation that drifts. */
import { formatUsd, type ModelId, shortUsd } from "@caprock/domain";
import { platformOwner } from "../limits.ts";
import type { Reconciliation, ReconciliationReport } from "../reconcile/reconciliation.ts";
import type { AlertDraft } from "./alert.ts";

/** A way of calling a model that the price book does not know; every such call is refused. */
export interface UnpricedModel {
  readonly modelId: ModelId;
  readonly serviceTier: string;
  /** The inference profile's prefix; undefined for a bare id. */
  readonly profile: string | undefined;
}

/** Once on a day of UTC, for the platform: a price that is missing is missing for everyone. */
export function unpricedAlert({ modelId, serviceTier, profile }: UnpricedModel, nowMs: number): AlertDraft {
  const route = profile === undefined ? modelId : `${profile}.${modelId}`;
  return {
    owner: platformOwner,
    rule: "unpriced",
    window: new Date(nowMs).toISOString().slice(0, 10),
    level: `${route} ${serviceTier}`,
    summary: `Calls of ${route} (tier ${serviceTier}) are refused: the price book has no price for it.`,
    facts: { modelId, serviceTier, ...(profile === undefined ? {} : { profile }) },
  };
}

/** Once for each range that was reconciled; undefined when the two sides agree well enough. */
export function reconciliationAlert(
  { source, startMs, endMs }: Pick<Reconciliation, "source" | "startMs" | "endMs">,
  { verdict, driftNanoUsd, checked, differences }: ReconciliationReport,
): AlertDraft | undefined {
  if (verdict === "agrees" || verdict === "within-tolerance") {
    return undefined;
  }
  const range = `${new Date(startMs).toISOString()}/${new Date(endMs).toISOString()}`;
  const other = source === "invocation-log" ? "Bedrock's invocation log" : "the billing export";
  return {
    owner: platformOwner,
    rule: "reconciliation",
    window: range,
    level: `${source} ${verdict}`,
    summary:
      verdict === "silent"
        ? `The ledger has calls in ${range}, but ${other} has nothing at all: it may be switched off.`
        : `The ledger and ${other} differ by ${shortUsd(driftNanoUsd)} USD in ${range}.`,
    facts: {
      source,
      verdict,
      driftUsd: formatUsd(driftNanoUsd),
      checked: String(checked),
      ...Object.fromEntries(Object.entries(differences).map(([kind, count]) => [kind, String(count)])),
    },
  };
}
