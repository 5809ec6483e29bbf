/** For tests: metrics that go to a local CloudWatch, and what reads them back. */
import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import type { ManualClock } from "@caprock/domain";
import { createCloudWatchClient, localCredentials } from "@caprock/platform";
import { CloudWatchMetricSink, CloudWatchMetricUsage } from "../cloudwatch/index.ts";
import {
  BufferedCallMetrics,
  type CallMetrics,
  type CardinalityPolicy,
  TenantLabels,
} from "../metrics/index.ts";

export interface OpenMetrics {
  readonly awsLocal: AwsLocal;
  readonly usage: CloudWatchMetricUsage;
  /** What was reported as failed or lost, oldest first. */
  readonly reports: string[];
  callMetrics(policy?: CardinalityPolicy, mostSamples?: number): CallMetrics;
  close(): Promise<void>;
}

export async function openMetrics(clock: ManualClock): Promise<OpenMetrics> {
  const awsLocal = await startAwsLocal({ nowMs: () => clock.now() });
  const options = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  const writer = createCloudWatchClient(options, { retries: false });
  const reader = createCloudWatchClient(options, { retries: true });
  const reports: string[] = [];
  return {
    awsLocal,
    usage: new CloudWatchMetricUsage({ client: reader, clock }),
    reports,
    callMetrics: (policy = { cardinality: "all", topTenants: 1 }, mostSamples = 100_000) =>
      new BufferedCallMetrics({
        sink: new CloudWatchMetricSink({
          client: writer,
          clock,
          onLoss: (data) => reports.push(`lost ${data} data`),
        }),
        labels: new TenantLabels(policy, async () => new Map([["t1", 1n]]), clock),
        mostSamples,
        onFailure: (what) => reports.push(what),
      }),
    async close() {
      writer.destroy();
      reader.destroy();
      await awsLocal.close();
    },
  };
}
