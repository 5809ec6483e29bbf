/** Builds what a process sends its metrics by: the only place of this package that makes a client. */
import {
  type ApiSettings,
  systemClock as clock,
  createCloudWatchClient,
  type Logger,
  type WorkerSettings,
} from "@caprock/platform";
import { CloudWatchMetricSink } from "./cloudwatch/index.ts";
import { EmfMetricSink } from "./emf/index.ts";
import {
  BufferedCallMetrics,
  type CallMetrics,
  type CardinalityPolicy,
  noMetrics,
  TenantLabels,
} from "./metrics/index.ts";

/** Ten metrics of 20,000 pairs of tenant and model; more than that between two flushes is lost, and reported. */
const mostMetricSamples = 200_000;

type MetricSettings = Pick<
  ApiSettings | WorkerSettings,
  "AWS_REGION" | "CAPROCK_METRICS" | "CAPROCK_METRICS_CARDINALITY" | "CAPROCK_METRICS_TOP_TENANTS"
>;

/** Which tenants metrics tell apart. */
export function metricsPolicyOf(settings: MetricSettings): CardinalityPolicy {
  return {
    cardinality: settings.CAPROCK_METRICS_CARDINALITY,
    topTenants: settings.CAPROCK_METRICS_TOP_TENANTS,
  };
}

/** To be flushed by its process. `spend` says what each tenant has spent this month; no failure reaches a call. */
export function composeMetrics(
  settings: MetricSettings,
  spend: ConstructorParameters<typeof TenantLabels>[1],
  logger: Logger,
): CallMetrics {
  const { CAPROCK_METRICS: destination, AWS_REGION: region } = settings;
  if (destination === "off") {
    return noMetrics;
  }
  return new BufferedCallMetrics({
    sink:
      destination === "emf"
        ? new EmfMetricSink({ write: (line) => process.stdout.write(line) })
        : new CloudWatchMetricSink({
            client: createCloudWatchClient({ region }, { retries: false }),
            clock,
            onLoss: (data, error) => logger.error({ data, err: error }, "metrics lost"),
          }),
    labels: new TenantLabels(metricsPolicyOf(settings), spend, clock),
    mostSamples: mostMetricSamples,
    onFailure: (what, error) => logger.warn({ what, err: error }, "metrics failed; calls did not notice"),
  });
}
