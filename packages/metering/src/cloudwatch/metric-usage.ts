/** Answers from CloudWatch what the ledger answers too: tokens by class, cost and requests. */
import { type CloudWatchClient, paginateListMetrics } from "@aws-sdk/client-cloudwatch";
import { type Clock, type ModelId, noTokens, type Refusal, refusal, type TokenClass } from "@caprock/domain";
import { metricOfTokens } from "../metrics/measurement.ts";
import { type MetricName, metricNamespace, metricTable, otherTenants } from "../metrics/metric-table.ts";
import type {
  MetricSeriesCount,
  MetricUsage,
  MetricUsageQuery,
  MetricUsageRow,
} from "../metrics/metric-usage.ts";
import { periodOf } from "./period.ts";
import { readSeries, type SeriesDimensions, type SeriesRange } from "./series-reader.ts";

export interface CloudWatchMetricUsageParts {
  readonly client: CloudWatchClient;
  readonly clock: Clock;
}

/** A series has data where one of these has: a correction may change the cost of a series without any request. */
const signs: readonly MetricName[] = ["Requests", "CostUsd"];
const rest = Object.values(metricOfTokens);

interface Group {
  readonly tenantId?: string;
  readonly modelId?: ModelId;
}

export class CloudWatchMetricUsage implements MetricUsage {
  private readonly parts: CloudWatchMetricUsageParts;

  constructor(parts: CloudWatchMetricUsageParts) {
    this.parts = parts;
  }

  async read(query: MetricUsageQuery): Promise<readonly MetricUsageRow[] | Refusal> {
    const { edgesMs } = query;
    const [startMs = 0] = edgesMs;
    const periodSeconds = periodOf(edgesMs, this.parts.clock.now());
    if (periodSeconds === undefined) {
      return refusal({
        code: "invalid_request",
        message:
          "CloudWatch keeps data by the minute for 15 days, by 5 minutes for 63 and by the hour for 455, and this range, or its days and hours, does not begin and end on those. Ask the ledger.",
        param: "source",
      });
    }
    const range = { startMs, endMs: edgesMs.at(-1) ?? startMs, periodSeconds };
    const sums = new SumsByBucket(edgesMs);
    const active = await this.activeGroups(query, range, sums);
    await this.sum(active, rest, range, sums);
    return sums.rows();
  }

  async countSeries(): Promise<MetricSeriesCount> {
    const { client } = this.parts;
    let series = 0;
    for await (const page of paginateListMetrics(
      { client },
      { Namespace: metricNamespace, RecentlyActive: "PT3H" },
    )) {
      series += page.Metrics?.length ?? 0;
    }
    const models = new Set<string>();
    for await (const page of paginateListMetrics(
      { client },
      { Namespace: metricNamespace, MetricName: "Requests", Dimensions: [{ Name: "Model" }] },
    )) {
      for (const { Dimensions = [] } of page.Metrics ?? []) {
        models.add(Dimensions.find(({ Name }) => Name === "Model")?.Value ?? "");
      }
    }
    return { series, models: models.size };
  }

  /**
   * The groups that have data. Pairs are looked for among the tenants and the models that have some, because every
   * metric asked for is billed.
   */
  private async activeGroups(
    { by, tenantIds, modelIds }: MetricUsageQuery,
    range: SeriesRange,
    sums: SumsByBucket,
  ): Promise<readonly Group[]> {
    const tenants = [...tenantIds, otherTenants].map((tenantId) => ({ tenantId }));
    const models = modelIds.map((modelId) => ({ modelId }));
    if (by !== "tenant-model") {
      return this.sum(by === "tenant" ? tenants : models, signs, range, sums);
    }
    const aside = () => new SumsByBucket([range.startMs, range.endMs]);
    const activeTenants = await this.sum(tenants, signs, range, aside());
    const activeModels = await this.sum(models, signs, range, aside());
    const pairs = activeTenants.flatMap((tenant) => activeModels.map((model) => ({ ...tenant, ...model })));
    return this.sum(pairs, signs, range, sums);
  }

  /** Adds the groups' metrics to the sums; resolves with the groups that had any data. */
  private async sum(
    groups: readonly Group[],
    metrics: readonly MetricName[],
    range: SeriesRange,
    sums: SumsByBucket,
  ): Promise<readonly Group[]> {
    const found = new Set<Group>();
    const wanted = groups.flatMap((group) =>
      metrics.map((metric) => ({ group, dimensions: dimensionsOf(group), metric })),
    );
    await readSeries(this.parts.client, wanted, range, ({ group, metric }, atMs, sum) => {
      found.add(group);
      sums.add(group, atMs, metric, sum);
    });
    return groups.filter((group) => found.has(group));
  }
}

function dimensionsOf({ tenantId, modelId }: Group): SeriesDimensions {
  return {
    ...(tenantId === undefined ? {} : { Tenant: tenantId }),
    ...(modelId === undefined ? {} : { Model: modelId }),
  };
}

/** Sums of metrics by group and bucket of time. */
class SumsByBucket {
  private readonly edgesMs: readonly number[];
  private readonly sums = new Map<
    string,
    { group: Group; startMs: number; values: Map<MetricName, number> }
  >();

  constructor(edgesMs: readonly number[]) {
    this.edgesMs = edgesMs;
  }

  add(group: Group, atMs: number, metric: MetricName, sum: number): void {
    const startMs = this.bucketOf(atMs);
    const key = JSON.stringify([startMs, group.tenantId, group.modelId]);
    const known = this.sums.get(key) ?? { group, startMs, values: new Map() };
    this.sums.set(key, known);
    known.values.set(metric, (known.values.get(metric) ?? 0) + sum);
  }

  rows(): MetricUsageRow[] {
    return [...this.sums.values()]
      .map(({ group, startMs, values }) => ({ startMs, ...group, ...sumsOf(values) }))
      .sort(
        (a, b) =>
          a.startMs - b.startMs ||
          compare(a.tenantId ?? "", b.tenantId ?? "") ||
          compare(a.modelId ?? "", b.modelId ?? ""),
      );
  }

  private bucketOf(atMs: number): number {
    let [low, high] = [0, this.edgesMs.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.edgesMs[middle] ?? 0) <= atMs) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return this.edgesMs[low] ?? atMs;
  }
}

function sumsOf(values: ReadonlyMap<MetricName, number>) {
  const usage = { ...noTokens };
  for (const [tokenClass, metric] of Object.entries(metricOfTokens)) {
    usage[tokenClass as TokenClass] = values.get(metric) ?? 0;
  }
  return {
    requests: values.get("Requests") ?? 0,
    usage,
    costNanoUsd: BigInt(Math.round((values.get("CostUsd") ?? 0) * metricTable.CostUsd.parts)),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
