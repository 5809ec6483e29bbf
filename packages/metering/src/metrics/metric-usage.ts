/** Port: reads back from the metrics what was used and what it cost. */
import type { ModelId, NanoUsd, Refusal, TenantId, TokenUsage } from "@caprock/domain";

/** What rows are summed by. CloudWatch sums only as it was sent. */
export const metricGroupings = ["model", "tenant", "tenant-model"] as const;
export type MetricGrouping = (typeof metricGroupings)[number];

export interface MetricUsageQuery {
  readonly by: MetricGrouping;
  /** Where the buckets of time begin, and where the last one ends: epoch milliseconds on whole minutes, ascending. */
  readonly edgesMs: readonly number[];
  /** Whose series to look for; those under `other` are looked for besides. */
  readonly tenantIds: readonly TenantId[];
  readonly modelIds: readonly ModelId[];
}

export interface UsageSums {
  readonly requests: number;
  readonly usage: TokenUsage;
  readonly costNanoUsd: NanoUsd;
}

export interface MetricUsageRow extends UsageSums {
  /** The start of the row's bucket. */
  readonly startMs: number;
  /** A tenant's id or `other`; absent from sums by model. */
  readonly tenantId?: string;
  /** Absent from sums by tenant. */
  readonly modelId?: ModelId;
}

/** How many metrics there are: what is billed. */
export interface MetricSeriesCount {
  /** With data in the last three hours. */
  readonly series: number;
  /** Models with data in the last two weeks. */
  readonly models: number;
}

export interface MetricUsage {
  /**
   * The rows that have data, by bucket, then tenant, then model. Refuses with `invalid_request` when CloudWatch does
   * not keep data of that age so finely. Cost is within a billionth: CloudWatch adds in floating point.
   */
  read(query: MetricUsageQuery): Promise<readonly MetricUsageRow[] | Refusal>;
  countSeries(): Promise<MetricSeriesCount>;
}
