/** Notes calls in memory and hands the sums to a sink: CloudWatch itself, or a log that CloudWatch reads. */
import type { LedgerEntry } from "../ledger-store.ts";
import type { CallMetrics, RefusedCall } from "./call-metrics.ts";
import { type Measurement, measureCorrection, measureRefusal, measureSettled } from "./measurement.ts";
import { MetricBuffer, type MetricCell, regroup } from "./metric-buffer.ts";
import type { TenantLabels } from "./tenant-labels.ts";

/** Port: where the sums go. */
export interface MetricSink {
  /**
   * Sends the cells and what earlier calls left over. Rejects, and loses nothing, when some have to wait for the
   * next time.
   */
  send(cells: readonly MetricCell[]): Promise<void>;
}

export interface BufferedCallMetricsParts {
  readonly sink: MetricSink;
  readonly labels: TenantLabels;
  /** How many sums and different latencies wait at once; what does not fit is lost and reported. */
  readonly mostSamples: number;
  /** Told what went wrong: sending, choosing the tenants on top, or values lost for want of room. */
  readonly onFailure: (what: string, error: unknown) => void;
}

/** How often a stopping process tries to get rid of what it has. */
const closingAttempts = 3;

export class BufferedCallMetrics implements CallMetrics {
  private readonly parts: BufferedCallMetricsParts;
  private readonly buffer: MetricBuffer;
  private flushing: Promise<boolean> = Promise.resolve(true);

  constructor(parts: BufferedCallMetricsParts) {
    this.parts = parts;
    this.buffer = new MetricBuffer(parts.mostSamples);
  }

  settled(entry: LedgerEntry, latencyMs: number | undefined): void {
    this.note(() => measureSettled(entry, latencyMs));
  }

  corrected(before: LedgerEntry, after: LedgerEntry): void {
    this.note(() => measureCorrection(before, after));
  }

  refused(call: RefusedCall): void {
    this.note(() => measureRefusal(call));
  }

  async flush(): Promise<void> {
    await this.flushOnce();
  }

  async close(): Promise<void> {
    for (let attempt = 0; attempt < closingAttempts && !(await this.flushOnce()); attempt += 1) {}
  }

  /** One after another, so that a slow one is not overtaken. True when nothing waits any more. */
  private flushOnce(): Promise<boolean> {
    this.flushing = this.flushing.then(() => this.send());
    return this.flushing;
  }

  private async send(): Promise<boolean> {
    const { sink, labels, onFailure } = this.parts;
    await labels.refresh().catch((error: unknown) => onFailure("choosing the tenants on top", error));
    const { cells, lost } = this.buffer.take();
    if (lost > 0) {
      onFailure(`${lost} values, for which there was no room`, undefined);
    }
    try {
      await sink.send(
        regroup(cells, ({ tenant, modelId }) => {
          const label = tenant === undefined ? undefined : labels.labelOf(tenant);
          return { modelId, ...(label === undefined ? {} : { tenant: label }) };
        }),
      );
      return true;
    } catch (error) {
      onFailure("sending metrics", error);
      return false;
    }
  }

  private note(measure: () => Measurement): void {
    try {
      this.buffer.add(measure());
    } catch (error) {
      this.parts.onFailure("noting a call", error);
    }
  }
}
