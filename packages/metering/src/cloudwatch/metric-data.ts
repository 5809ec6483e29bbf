/** Writes sums as PutMetricData wants them, in requests that it takes. */
import type { MetricDatum } from "@aws-sdk/client-cloudwatch";
import { type MetricCell, regroup, type Samples } from "../metrics/metric-buffer.ts";
import {
  type DimensionName,
  dimensionSets,
  type MetricDefinition,
  type MetricName,
  metricTable,
} from "../metrics/metric-table.ts";

/** Limits of one PutMetricData (Amazon CloudWatch user guide, "CloudWatch service quotas"). */
const mostData = 1_000;
const mostValues = 150;
/** Of 1 MB, before compression; the rest is for the request around the data. */
const mostBytes = 900_000;

/** The data of some cells: each metric once for every set of dimensions that its cell has. */
export function metricData(cells: readonly MetricCell[]): MetricDatum[] {
  return dimensionSets.flatMap((names) =>
    groupsUnder(cells, names).flatMap(({ atMs, tenant, modelId, samples }) => {
      const named: Readonly<Record<DimensionName, string | undefined>> = { Tenant: tenant, Model: modelId };
      const dimensions = names.map((Name) => ({ Name, Value: named[Name] }));
      return [...samples].flatMap(([name, each]) =>
        dataOf(name, each).map((values) => ({
          MetricName: name,
          Dimensions: dimensions,
          Timestamp: new Date(atMs),
          Unit: metricTable[name].unit,
          ...values,
        })),
      );
    }),
  );
}

function groupsUnder(cells: readonly MetricCell[], names: readonly DimensionName[]) {
  const byTenant = names.includes("Tenant");
  return regroup(byTenant ? cells.filter(({ tenant }) => tenant !== undefined) : cells, (cell) => ({
    tenant: byTenant ? cell.tenant : undefined,
    modelId: names.includes("Model") ? cell.modelId : undefined,
  }));
}

function dataOf(name: MetricName, { count, sum, min, max, values }: Samples): Partial<MetricDatum>[] {
  const { parts }: MetricDefinition = metricTable[name];
  if (!values) {
    const StatisticValues = {
      SampleCount: count,
      Sum: sum / parts,
      Minimum: min / parts,
      Maximum: max / parts,
    };
    return [{ StatisticValues }];
  }
  const all = [...values];
  return Array.from({ length: Math.ceil(all.length / mostValues) }, (_, chunk) => {
    const some = all.slice(chunk * mostValues, (chunk + 1) * mostValues);
    return { Values: some.map(([value]) => value / parts), Counts: some.map(([, times]) => times) };
  });
}

/** Splits data into requests that keep to PutMetricData's limits, in order. */
export function metricBatches(data: readonly MetricDatum[]): MetricDatum[][] {
  const batches: MetricDatum[][] = [];
  let bytes = 0;
  for (const datum of data) {
    const size = mostBytesOf(datum);
    const batch = batches.at(-1);
    if (!batch || batch.length === mostData || bytes + size > mostBytes) {
      batches.push([datum]);
      bytes = size;
    } else {
      batch.push(datum);
      bytes += size;
    }
  }
  return batches;
}

/** A bound and not the size: writing every datum twice would hold up the calls that are served meanwhile. */
function mostBytesOf({ Dimensions = [], Values = [] }: MetricDatum): number {
  // Member names, the metric's name, a time and the four numbers of a set; then each value with its count.
  const fixed = 500;
  const each = 45;
  return Dimensions.reduce((bytes, { Value = "" }) => bytes + Value.length, fixed + each * Values.length);
}
