/** Samples summed up, and the statistics that CloudWatch reads from them. */
import { z } from "zod";

export const summarySchema = z.object({
  count: z.number(),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  /** Each value and how often it occurred; absent once a statistic set hides them. */
  values: z.array(z.tuple([z.number(), z.number()])).optional(),
});

/** Some samples of one metric. */
export type Summary = z.infer<typeof summarySchema>;

/** Sums up values with their counts. */
export function summarize(values: readonly (readonly [value: number, count: number])[]): Summary {
  return {
    count: values.reduce((sum, [, count]) => sum + count, 0),
    sum: values.reduce((sum, [value, count]) => sum + value * count, 0),
    min: values.reduce((least, [value]) => Math.min(least, value), Number.POSITIVE_INFINITY),
    max: values.reduce((most, [value]) => Math.max(most, value), Number.NEGATIVE_INFINITY),
    values: values.map(([value, count]) => [value, count]),
  };
}

/** One summary of all the samples of several. */
export function combine(summaries: readonly Summary[]): Summary {
  const counts = new Map<number, number>();
  for (const [value, count] of summaries.flatMap(({ values = [] }) => values)) {
    counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return {
    count: summaries.reduce((sum, one) => sum + one.count, 0),
    sum: summaries.reduce((sum, one) => sum + one.sum, 0),
    min: summaries.reduce((least, one) => Math.min(least, one.min), Number.POSITIVE_INFINITY),
    max: summaries.reduce((most, one) => Math.max(most, one.max), Number.NEGATIVE_INFINITY),
    ...(summaries.every(({ values }) => values !== undefined) ? { values: [...counts] } : {}),
  };
}

/** Reads a statistic from a summary; undefined when CloudWatch would give no datapoint. */
export type Statistic = (summary: Summary) => number | undefined;

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

/** The statistic of that name: the five simple ones and percentiles (p50, p99.9). Undefined for any other. */
export function findStatistic(name: string): Statistic | undefined {
  const [, percent] = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name) ?? [];
  return percent === undefined ? simple[name] : (summary) => percentile(summary, Number(percent));
}

/** By nearest rank over the exact values. AWS gives none when a value is negative or hidden by a statistic set. */
function percentile({ values, count, min }: Summary, percent: number): number | undefined {
  if (values === undefined || min < 0) {
    return undefined;
  }
  const rank = Math.max((percent / 100) * count, Number.MIN_VALUE);
  let passed = 0;
  return values
    .toSorted(([a], [b]) => a - b)
    .find(([, times]) => {
      passed += times;
      return passed >= rank;
    })?.[0];
}
