/** Metrics: what is counted, for whom, what it costs, and what becomes of it. */
export {
  BufferedCallMetrics,
  type BufferedCallMetricsParts,
  type MetricSink,
} from "./buffered-call-metrics.ts";
export { type CallMetrics, noMetrics, type RefusedCall } from "./call-metrics.ts";
export {
  type CompareSourcesParts,
  type CompareSourcesQuery,
  compareSources,
  type SourceComparison,
} from "./compare-sources.ts";
export { MeasuredLedger, type MeasuredLedgerParts } from "./measured-ledger.ts";
export { monthlyMetricPrice, putCallsPrice, seriesUnder } from "./metric-price.ts";
export {
  dimensionSets,
  type MetricDefinition,
  type MetricName,
  metricNamespace,
  metricTable,
} from "./metric-table.ts";
export type {
  MetricGrouping,
  MetricSeriesCount,
  MetricUsage,
  MetricUsageQuery,
  MetricUsageRow,
  UsageSums,
} from "./metric-usage.ts";
export { monthSpend } from "./month-spend.ts";
export {
  type MetricReport,
  type MetricReportParts,
  type MetricReportRow,
  queryMetricUsage,
} from "./query-metric-usage.ts";
export { type Cardinality, type CardinalityPolicy, cardinalities, TenantLabels } from "./tenant-labels.ts";
