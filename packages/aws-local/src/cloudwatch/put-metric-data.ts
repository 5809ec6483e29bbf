/** PutMetricData: checks each datum as CloudWatch does and adds its samples. All are added or none. */
import { z } from "zod";
import { cloudWatchError } from "./errors.ts";
import { dimensions, metricName, namespace, timestampMs, unit } from "./metric-request.ts";
import type { MetricStore, Samples } from "./metric-store.ts";
import { checkRequest } from "./read-request.ts";
import { type Summary, summarize } from "./statistics.ts";

const value = z
  .number()
  .min(-(2 ** 360))
  .max(2 ** 360);
const statisticSet = z.strictObject({
  SampleCount: z.number().positive(),
  Sum: value,
  Minimum: value,
  Maximum: value,
});
const datumSchema = z.strictObject({
  MetricName: metricName,
  Dimensions: dimensions.default([]),
  Timestamp: timestampMs.optional(),
  Value: value.optional(),
  Values: z.array(value).max(150).optional(),
  Counts: z.array(z.number().min(0)).max(150).optional(),
  StatisticValues: statisticSet.optional(),
  Unit: unit.default("None"),
  StorageResolution: z.union([z.literal(1), z.literal(60)]).default(60),
});
const requestSchema = z.strictObject({
  Namespace: namespace.refine((name) => !name.startsWith("AWS/"), {
    error: "namespaces that begin with AWS/ belong to AWS.",
  }),
  MetricData: z.array(datumSchema).min(1).max(1_000),
});

type Datum = z.infer<typeof datumSchema>;

const hourMs = 3_600_000;
const oldestMs = 14 * 24 * hourMs;
const newestMs = 2 * hourMs;

export function putMetricData(json: unknown, store: MetricStore, nowMs: number): void {
  const { Namespace, MetricData } = checkRequest(requestSchema, json, "InvalidParameterValue");
  const samples = MetricData.map((datum, index): Samples => {
    const { MetricName, Dimensions, Timestamp: atMs = nowMs } = datum;
    const parameter = `MetricData.member.${index + 1}`;
    checkTime(`${parameter}.Timestamp`, atMs, nowMs);
    return {
      metric: { Namespace, MetricName, Dimensions },
      unit: datum.Unit,
      atMs,
      highResolution: datum.StorageResolution === 1,
      summary: summaryOf(datum, parameter),
    };
  });
  // A count of zero says that nothing was measured.
  store.put(samples.filter(({ summary }) => summary.count > 0));
}

function checkTime(parameter: string, atMs: number, nowMs: number): void {
  if (atMs < nowMs - oldestMs) {
    throw cloudWatchError(
      "InvalidParameterValue",
      `The parameter ${parameter} must specify a time within the past two weeks.`,
    );
  }
  if (atMs > nowMs + newestMs) {
    throw cloudWatchError(
      "InvalidParameterValue",
      `The parameter ${parameter} must specify a time no more than two hours in the future.`,
    );
  }
}

function summaryOf(datum: Datum, parameter: string): Summary {
  const { Value, Values, Counts, StatisticValues } = datum;
  const given = [Value, Values, StatisticValues].filter((one) => one !== undefined).length;
  if (given > 1) {
    throw cloudWatchError(
      "InvalidParameterCombination",
      `The parameters ${parameter}.Value, Values and StatisticValues are mutually exclusive.`,
    );
  }
  if (Value !== undefined) {
    return summarize([[Value, 1]]);
  }
  if (StatisticValues !== undefined) {
    return summaryOfSet(StatisticValues);
  }
  if (Values === undefined || Values.length === 0) {
    throw cloudWatchError(
      "MissingParameter",
      `One of the parameters ${parameter}.Value, Values and StatisticValues is required.`,
    );
  }
  if (Counts !== undefined && Counts.length !== Values.length) {
    throw cloudWatchError(
      "InvalidParameterValue",
      `The parameters ${parameter}.Values and ${parameter}.Counts must have the same size.`,
    );
  }
  const pairs = Values.map((one, index) => [one, Counts?.[index] ?? 1] as const);
  return summarize(pairs.filter(([, count]) => count > 0));
}

function summaryOfSet({ SampleCount, Sum, Minimum, Maximum }: z.infer<typeof statisticSet>): Summary {
  return {
    count: SampleCount,
    sum: Sum,
    min: Minimum,
    max: Maximum,
    // Only a set of equal samples still tells each of them.
    ...(Minimum === Maximum ? { values: [[Minimum, SampleCount]] } : {}),
  };
}
