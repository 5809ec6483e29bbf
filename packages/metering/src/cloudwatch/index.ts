/** Adapter: metrics sent to CloudWatch, and its own figures read back. */
export { CloudWatchMetricSink } from "./metric-sink.ts";
export { CloudWatchMetricUsage } from "./metric-usage.ts";
