export { CloudWatchMetricSink } from "./metric-sink.ts";
export { CloudWatchMetricUsage } from "./metric-usage.ts";
