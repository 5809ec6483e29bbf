/** Sends sums to CloudWatch with PutMetricData, and keeps what CloudWatch did not take for the next time. */
import { type CloudWatchClient, type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { Clock } from "@caprock/domain";
import type { MetricSink } from "../metrics/buffered-call-metrics.ts";
import type { MetricCell } from "../metrics/metric-buffer.ts";
import { metricNamespace } from "../metrics/metric-table.ts";
import { metricBatches, metricData } from "./metric-data.ts";

export interface CloudWatchMetricSinkParts {
  /** One that does not retry by itself, so that what is sent twice is decided here. */
  readonly client: CloudWatchClient;
  readonly clock: Clock;
  /** Told of data that CloudWatch will never take, and that are therefore lost. */
  readonly onLoss: (data: number, error: unknown) => void;
}

/** CloudWatch refuses what is older than two weeks, and the whole request with it; an hour is left for the way. */
const oldestMs = (14 * 24 - 1) * 3_600_000;

/** How many requests wait at most while CloudWatch cannot be reached; older ones are given up first. */
const mostBatches = 200;

/**
 * Delivers at least once: PutMetricData has no idempotency key. What was refused, throttled or never left is sent
 * again and counts once; a request whose answer was lost, or was a 5xx, is sent again and may then count twice.
 */
export class CloudWatchMetricSink implements MetricSink {
  private readonly parts: CloudWatchMetricSinkParts;
  private waiting: MetricDatum[][] = [];

  constructor(parts: CloudWatchMetricSinkParts) {
    this.parts = parts;
  }

  async send(cells: readonly MetricCell[]): Promise<void> {
    this.waiting.push(...metricBatches(metricData(cells)));
    const surplus = this.waiting.splice(0, Math.max(0, this.waiting.length - mostBatches));
    if (surplus.length > 0) {
      this.parts.onLoss(surplus.flat().length, undefined);
    }
    while (this.waiting[0]) {
      const batch = this.recentOf(this.waiting[0]);
      try {
        if (batch.length > 0) {
          await this.parts.client.send(
            new PutMetricDataCommand({ Namespace: metricNamespace, MetricData: batch }),
          );
        }
      } catch (error) {
        if (mayPassLater(error)) {
          throw error;
        }
        // It would be refused for ever, and hold up what comes behind it.
        this.parts.onLoss(batch.length, error);
      }
      this.waiting.shift();
    }
  }

  private recentOf(batch: readonly MetricDatum[]): MetricDatum[] {
    const oldest = this.parts.clock.now() - oldestMs;
    const recent = batch.filter(({ Timestamp }) => (Timestamp?.getTime() ?? 0) >= oldest);
    if (recent.length < batch.length) {
      this.parts.onLoss(batch.length - recent.length, undefined);
    }
    return recent;
  }
}

/** Refusals of the data itself, by their names in the SDK; everything else may pass another time. */
const final = new Set([
  "InvalidParameterCombinationException",
  "InvalidParameterValueException",
  "MissingRequiredParameterException",
  "RequestEntityTooLargeException",
  "SerializationException",
  "ValidationException",
]);

function mayPassLater(error: unknown): boolean {
  return !(error instanceof Error && final.has(error.name));
}
