/** Adapter: metrics written as lines of CloudWatch's embedded metric format. */
export { EmfMetricSink } from "./metric-sink.ts";
