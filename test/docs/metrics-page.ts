/** METRICS.md: every metric that Caprock sends. */
import type { MetricDefinition } from "@caprock/metering";
import { markdownTable } from "./markdown-table.ts";

export interface MetricsPageParts {
  readonly namespace: string;
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
  readonly dimensionSets: readonly (readonly string[])[];
}

/** The page for a table of metrics, in the table's order. */
export function metricsPage({ namespace, metrics, dimensionSets }: MetricsPageParts): string {
  const rows = Object.entries(metrics).map(([name, { unit, kind, meaning }]) => [
    `\`${name}\``,
    unit,
    kind === "sum" ? "Sum" : "percentiles",
    meaning,
  ]);
  const sets = dimensionSets.map((names) => names.map((name) => `\`${name}\``).join(" and ")).join("; ");
  return `# Metrics

What Caprock sends to CloudWatch, in the namespace \`${namespace}\`. CloudWatch does not sum over dimensions by itself, so
each metric is sent under each of these sets: ${sets}. Generated from \`src/metrics/metric-table.ts\`: to change this page,
change that file, or \`test/docs/metrics-page.ts\`, and run \`pnpm run docs\`.

${markdownTable(["Name", "Unit", "Read its", "Meaning"], rows)}

Every value counts at the minute in which its call arrived, as in the ledger, so that the sums of a month are the
ledger's. When an estimated entry is corrected, the difference is sent at that same minute, and may be negative.
CloudWatch may take two days or more to show data that is older than a day, and takes none that is older than two weeks.
Zeros are not sent. Not in the metrics: demo traffic, and what re-rating adjusted.

## Which tenants have series

\`CAPROCK_METRICS_CARDINALITY\` decides, because CloudWatch bills every distinct set of dimensions of every metric.
\`GET /admin/v1/metrics/policy\` shows how many there are, what they cost a month and what each policy would cost.

- \`all\`: every tenant has its own.
- \`top\`: the tenants that spent most in their month so far have their own, \`CAPROCK_METRICS_TOP_TENANTS\` of them; the
  rest are summed as \`other\`. The choice is made again every five minutes, by each process from the same accounts; who
  has series keeps them until another spends a tenth more. A tenant's series begins when it enters and has gaps while it
  is out: for its sums ask the ledger.
- \`off\`: totals by \`Model\` alone.

## How often a value counts

\`CAPROCK_METRICS=cloudwatch\` (for processes) sends what it has every ten seconds and when it stops, at least once:
PutMetricData cannot be repeated safely, so a request whose answer was lost may count twice, while one that was throttled
counts once. \`CAPROCK_METRICS=emf\` (for Lambda functions) writes lines to the log at the end of each invocation; CloudWatch
may read one twice. A process that is killed takes what it had not sent with it. A failure of CloudWatch never touches a
call: what does not fit into memory meanwhile is lost, and logged as lost. The ledger stays the truth;
\`GET /admin/v1/metrics/comparison\` holds the one against the other.
`;
}
