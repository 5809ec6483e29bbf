/** The usage report as CloudWatch has it: the same question as `queryUsage` asks of the ledger. */
import {
  addUsage,
  type NanoUsd,
  noTokens,
  type Refusal,
  refusal,
  type Tenant,
  type TokenUsage,
} from "@caprock/domain";
import { agentCoreMemoryId } from "../price-book/index.ts";
import { calendarLabels } from "../reports/calendar-labels.ts";
import type { UsageDimension, UsageQuery } from "../reports/query-usage.ts";
import { rangeOf } from "../reports/report-window.ts";
import type { MetricGrouping, MetricUsage } from "./metric-usage.ts";
import type { Cardinality } from "./tenant-labels.ts";

export interface MetricReportRow {
  /** The values of the dimensions grouped by. */
  readonly group: Readonly<Partial<Record<UsageDimension, string>>>;
  readonly requests: number;
  readonly tokens: TokenUsage;
  readonly costNanoUsd: NanoUsd;
}

export interface MetricReport {
  readonly rows: readonly MetricReportRow[];
  readonly totals: Omit<MetricReportRow, "group">;
}

export interface MetricReportParts {
  readonly metricUsage: MetricUsage;
  readonly cardinality: Cardinality;
  /** The catalog's. */
  readonly modelIds: readonly string[];
}

/** What metrics know of a call, and when; there are no series by key or by application. */
const known: ReadonlySet<string> = new Set(["tenant", "model", "day", "hour"]);

const quarterMs = 15 * 60_000;

/**
 * Sums what CloudWatch has of `tenants` over the window. Made-up traffic and what re-rating adjusted are not in it.
 * Refuses with `invalid_request` what the metrics do not tell, and for more than `maxRows` rows.
 */
export async function queryMetricUsage(
  query: UsageQuery,
  tenants: readonly Pick<Tenant, "id" | "timeZone">[],
  { metricUsage, cardinality, modelIds }: MetricReportParts,
): Promise<MetricReport | Refusal> {
  const { window, groupBy, filter = {}, maxRows } = query;
  const unknown = [...groupBy, ...Object.keys(filter)].find((dimension) => !known.has(dimension));
  const byTenant = groupBy.includes("tenant") || filter.tenant !== undefined || query.timeZone === undefined;
  if (unknown !== undefined || (byTenant && cardinality === "off")) {
    return notTold(unknown ?? "tenant");
  }
  const wanted = tenants.filter(({ id }) => filter.tenant?.includes(id) ?? true);
  const grouping: MetricGrouping = !byTenant
    ? "model"
    : groupBy.includes("model") || filter.model
      ? "tenant-model"
      : "tenant";
  const rows = new Map<string, MetricReportRow>();
  for (const [timeZone, ids] of zonesOf(wanted, query.timeZone)) {
    const labelsAt = calendarLabels(timeZone);
    const read = await metricUsage.read({
      by: grouping,
      edgesMs: edgesOf(rangeOf(window, timeZone), groupBy, labelsAt),
      tenantIds: ids,
      modelIds: filter.model ?? [...modelIds, agentCoreMemoryId],
    });
    if ("refused" in read) {
      return read;
    }
    for (const { startMs, tenantId, modelId, requests, usage, costNanoUsd } of read) {
      // Those under `other` are nobody's in particular, so a report about some tenants leaves them out.
      if (filter.tenant !== undefined && !filter.tenant.includes(tenantId ?? "")) {
        continue;
      }
      const values = { tenant: tenantId, model: modelId, ...labelsAt(startMs - (startMs % quarterMs)) };
      const group = Object.fromEntries(
        groupBy.map((dimension) => [dimension, values[dimension as keyof typeof values]]),
      );
      const key = JSON.stringify(Object.values(group));
      rows.set(key, { group, ...add(rows.get(key) ?? nothing, { requests, tokens: usage, costNanoUsd }) });
    }
  }
  if (rows.size > maxRows) {
    return refusal({
      code: "invalid_request",
      message: `The report has ${rows.size} rows, at most ${maxRows} are given. Ask for a shorter range or fewer dimensions.`,
    });
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return { rows: sorted, totals: sorted.reduce<Omit<MetricReportRow, "group">>(add, nothing) };
}

const nothing: Omit<MetricReportRow, "group"> = { requests: 0, tokens: noTokens, costNanoUsd: 0n };

function add(a: Omit<MetricReportRow, "group">, b: Omit<MetricReportRow, "group">) {
  return {
    requests: a.requests + b.requests,
    tokens: addUsage(a.tokens, b.tokens),
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
  };
}

/** Tenants by the time zone that their days are to be those of. */
function zonesOf(
  tenants: readonly Pick<Tenant, "id" | "timeZone">[],
  timeZone: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const zones = new Map<string, string[]>(timeZone === undefined ? [] : [[timeZone, []]]);
  for (const tenant of tenants) {
    const zone = timeZone ?? tenant.timeZone;
    zones.set(zone, [...(zones.get(zone) ?? []), tenant.id]);
  }
  return zones;
}

/** Where the range begins, where its days or hours change, and where it ends. */
function edgesOf(
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  groupBy: readonly UsageDimension[],
  labelsAt: ReturnType<typeof calendarLabels>,
): readonly number[] {
  const unit = groupBy.includes("hour") ? "hour" : groupBy.includes("day") ? "day" : undefined;
  const edges = [startMs];
  if (unit !== undefined) {
    let label = labelsAt(startMs - (startMs % quarterMs))[unit];
    for (let atMs = startMs - (startMs % quarterMs) + quarterMs; atMs < endMs; atMs += quarterMs) {
      const next = labelsAt(atMs)[unit];
      if (next !== label) {
        edges.push(atMs);
        label = next;
      }
    }
  }
  return [...edges, endMs];
}

function notTold(dimension: string): Refusal {
  return refusal({
    code: "invalid_request",
    message:
      dimension === "tenant"
        ? "CAPROCK_METRICS_CARDINALITY is off: CloudWatch has totals by model alone. Name a time zone and no tenants, or ask the ledger."
        : `CloudWatch has no series by ${dimension}; ask the ledger.`,
    param: "source",
  });
}
