/** The usage report with `source=cloudwatch`: what the metrics tell, in the shape of the report from the ledger. */
import type { CloudWatchUsageReportView } from "@caprock/contract";
import { formatUsd, type Refusal, type Tenant } from "@caprock/domain";
import { type MetricReportRow, queryMetricUsage, type UsageQuery } from "@caprock/metering";
import type { AdminParts } from "./admin-parts.ts";
import { metricsAreOff } from "./routes/metrics.ts";

/** Refuses with `invalid_request` where metrics are off, and what they do not tell. */
export async function metricReportView(
  query: UsageQuery,
  tenants: readonly Tenant[],
  { metrics, catalog, clock }: Pick<AdminParts, "metrics" | "catalog" | "clock">,
): Promise<CloudWatchUsageReportView | Refusal> {
  if (metrics.usage === undefined) {
    return metricsAreOff;
  }
  const report = await queryMetricUsage(query, tenants, {
    metricUsage: metrics.usage,
    cardinality: metrics.policy.cardinality,
    modelIds: catalog.list().map(({ id }) => id),
  });
  return "refused" in report
    ? report
    : {
        generatedAt: new Date(clock.now()).toISOString(),
        source: "cloudwatch",
        rows: report.rows.map((row) => ({ group: textOf(row.group), ...sumsView(row) })),
        totals: sumsView(report.totals),
      };
}

function sumsView({ requests, tokens, costNanoUsd }: Omit<MetricReportRow, "group">) {
  return { requests, tokens, costUsd: formatUsd(costNanoUsd) };
}

/** A tenant or model that a row is not of has no member. */
function textOf(group: MetricReportRow["group"]): Record<string, string> {
  return Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined));
}
