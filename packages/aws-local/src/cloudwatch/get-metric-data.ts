/** GetMetricData: statistics of metrics by period, in pages. Math expressions are refused, not guessed. */
import { z } from "zod";
import { notServed } from "../query-service.ts";
import { cloudWatchError } from "./errors.ts";
import { metric, timestampMs, unit } from "./metric-request.ts";
import { type MetricStore, resolutionMs } from "./metric-store.ts";
import { offsetOf, tokenAt } from "./page-token.ts";
import { checkRequest } from "./read-request.ts";
import { findStatistic, type Statistic } from "./statistics.ts";

const period = z
  .number()
  .int()
  .refine((seconds) => [1, 5, 10, 20, 30].includes(seconds) || (seconds >= 60 && seconds % 60 === 0), {
    error: "a period is 1, 5, 10, 20, 30 or a multiple of 60 seconds.",
  });
const querySchema = z.strictObject({
  Id: z.string().regex(/^[a-z][a-zA-Z0-9_]{0,254}$/),
  MetricStat: z
    .strictObject({ Metric: metric, Period: period, Stat: z.string(), Unit: unit.optional() })
    .optional(),
  Expression: z.string().optional(),
  Period: period.optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
});
const requestSchema = z.strictObject({
  MetricDataQueries: z.array(querySchema).min(1).max(500),
  StartTime: timestampMs,
  EndTime: timestampMs,
  ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).default("TimestampDescending"),
  MaxDatapoints: z.number().int().min(1).max(100_800).default(100_800),
  NextToken: z.string().optional(),
});

type Request = z.infer<typeof requestSchema>;
type Query = z.infer<typeof querySchema>;
type Point = readonly [atMs: number, value: number];

/** The answer's JSON. Throws a QueryError. */
export function getMetricData(json: unknown, store: MetricStore, nowMs: number): object {
  const request = checkRequest(requestSchema, json);
  const { MetricDataQueries: queries, StartTime, EndTime, MaxDatapoints } = request;
  if (StartTime >= EndTime) {
    throw cloudWatchError(
      "ValidationError",
      "The parameter StartTime must be less than the parameter EndTime.",
    );
  }
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
    throw cloudWatchError(
      "ValidationError",
      "The values for parameter Id in MetricDataQueries are not unique.",
    );
  }
  let skip = offsetOf(request);
  const end = skip + MaxDatapoints;
  let total = 0;
  let room = MaxDatapoints;
  const results = queries.map((query) => {
    const points = pointsOf(query, request, store, nowMs);
    total += points.length;
    const page = points.slice(skip, skip + room);
    const complete = skip + page.length >= points.length;
    skip = Math.max(0, skip - points.length);
    room -= page.length;
    return {
      Id: query.Id,
      Label: query.Label ?? query.MetricStat?.Metric.MetricName,
      Timestamps: page.map(([atMs]) => atMs / 1_000),
      Values: page.map(([, value]) => value),
      StatusCode: complete ? "Complete" : "PartialData",
    };
  });
  return {
    MetricDataResults: results.filter((_, index) => queries[index]?.ReturnData),
    Messages: [],
    ...(total > end ? { NextToken: tokenAt(request, end) } : {}),
  };
}

function pointsOf(query: Query, request: Request, store: MetricStore, nowMs: number): Point[] {
  const { metricStat, statistic } = readable(query);
  if (!query.ReturnData) {
    return [];
  }
  const finestMs = resolutionMs(nowMs - request.StartTime);
  const periodMs = metricStat.Period * 1_000;
  if (finestMs === undefined || periodMs % finestMs !== 0) {
    return [];
  }
  const roundToMs = periodMs < 60_000 ? periodMs : Math.max(finestMs, 60_000);
  const startMs = request.StartTime - (request.StartTime % roundToMs);
  // A period that begins before the end is given whole.
  const endMs = startMs + Math.ceil((request.EndTime - startMs) / periodMs) * periodMs;
  const periods = store.periods(metricStat.Metric, metricStat.Unit, startMs, endMs, periodMs);
  const points = [...periods].flatMap(([atMs, summary]): Point[] => {
    const value = statistic(summary);
    return value === undefined ? [] : [[atMs, value]];
  });
  const direction = request.ScanBy === "TimestampAscending" ? 1 : -1;
  return points.sort(([a], [b]) => direction * (a - b));
}

function readable({ MetricStat, Expression, Id }: Query): {
  metricStat: NonNullable<Query["MetricStat"]>;
  statistic: Statistic;
} {
  if (Expression !== undefined) {
    throw notServed(`math expressions and Metrics Insights queries (query "${Id}")`);
  }
  if (MetricStat === undefined) {
    throw cloudWatchError("ValidationError", `The query "${Id}" has neither MetricStat nor Expression.`);
  }
  const statistic = findStatistic(MetricStat.Stat);
  if (statistic === undefined) {
    throw notServed(`the statistic "${MetricStat.Stat}"`);
  }
  return { metricStat: MetricStat, statistic };
}
