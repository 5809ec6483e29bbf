/** Check: CloudWatch shows what the ledger has, as far as metrics can. */
import { parseUsd, tokenClasses } from "@caprock/domain";
import { compareSources, type SourceComparison } from "../metrics/index.ts";
import { agentCoreMemoryId } from "../price-book/index.ts";
import { utcMonthRange } from "./entry-range.ts";
import { amountText, type CheckDefinition, type CheckReport, Findings, skipped } from "./findings.ts";
import type { VerifyParts, VerifyScope } from "./verify-parts.ts";

/** The share of a model's (and tenant's) requests and cost that may be apart. */
const toleratedShare = 0.01;
/** So few calls are within what one process that dies takes with it. */
const toleratedRequests = 20;
/** The list price of as many retrievals from long-term memory, which count as no requests. */
const toleratedMemoryNanoUsd = parseUsd("0.01");

export const cloudWatchAgrees: CheckDefinition = {
  id: "cloudwatch-agrees",
  promise: "The metrics in CloudWatch show the requests, tokens and cost of the ledger.",
  method:
    "Whole hours that are over are compared by model, and by tenant where metrics are kept by tenant. Metrics are for looking at, not for billing: a process that is killed takes ten seconds of them with it. Up to 1 %, 20 requests, or a cent of long-term memory apart is tolerated and said; CloudWatch is asked for the last two weeks at most.",
};

const hourMs = 3_600_000;
/** CloudWatch keeps single minutes for 15 days (CloudWatch user guide, "Metrics retention"). */
const askedForMs = 14 * 24 * hourMs;

type Parts = Pick<VerifyParts, "ledger" | "rollUps" | "metrics" | "clock">;

export async function checkCloudWatchAgrees(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const { metrics, clock, ledger, rollUps } = parts;
  if (!metrics) {
    return skipped(
      cloudWatchAgrees,
      "No metrics are sent to CloudWatch, or it was not told (CAPROCK_METRICS).",
    );
  }
  if (!scope.isWhole && metrics.cardinality !== "all") {
    return skipped(
      cloudWatchAgrees,
      "Metrics are not kept for each tenant, so some tenants cannot be compared.",
    );
  }
  const thisHourMs = Math.floor(clock.now() / hourMs) * hourMs;
  const range = utcMonthRange(scope);
  const startMs = Math.max(Math.floor(range.startMs / hourMs) * hourMs, thisHourMs - askedForMs);
  const endMs = Math.min(Math.floor(range.endMs / hourMs) * hourMs, thisHourMs);
  if (endMs <= startMs) {
    return skipped(cloudWatchAgrees, "No hour of the last two weeks is over and within the range.");
  }
  const tenantIds = scope.tenants.map(({ id }) => id);
  const compared = await compareSources(
    { tenantIds, modelIds: metrics.modelIds, startMs, endMs },
    { ledger, rollUps, ...metrics },
  );
  if ("refused" in compared) {
    return skipped(cloudWatchAgrees, compared.refused.message);
  }
  const findings = new Findings();
  findings.lookedAt("hours", (endMs - startMs) / hourMs);
  for (const row of compared) {
    findings.lookedAt("sums");
    findings.lookedAt("requests", row.ledger.requests);
    const id = [row.tenantId, row.modelId].filter(Boolean).join(" ");
    if (!isTolerated(row)) {
      findings.offend(id, differenceText(row));
    } else if (!row.agrees) {
      findings.remark("sums that are apart, within what is tolerated", `${id}: ${differenceText(row)}`);
    }
  }
  return findings.report(cloudWatchAgrees);
}

function isTolerated({ modelId, difference, ledger, share }: SourceComparison): boolean {
  const requests = Math.abs(difference.requests);
  const { costNanoUsd } = difference;
  const isFew =
    modelId === agentCoreMemoryId
      ? -toleratedMemoryNanoUsd <= costNanoUsd && costNanoUsd <= toleratedMemoryNanoUsd
      : requests > 0 && requests <= toleratedRequests;
  return isFew || (share <= toleratedShare && requests <= ledger.requests * toleratedShare);
}

function differenceText({ ledger, cloudWatch }: SourceComparison): string {
  const text = ({ requests, usage, costNanoUsd }: SourceComparison["ledger"]) => {
    const tokens = tokenClasses.reduce((sum, tokenClass) => sum + usage[tokenClass], 0);
    return `${requests} requests, ${tokens} tokens, ${amountText("nanoUsd", costNanoUsd)}`;
  };
  return `CloudWatch has ${text(cloudWatch)}; the ledger ${text(ledger)}`;
}
