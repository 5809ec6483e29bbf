export { EmfMetricSink } from "./metric-sink.ts";
