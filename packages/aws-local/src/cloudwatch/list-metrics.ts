/** ListMetrics: the metrics with data in the last two weeks, 500 a page. */
import { z } from "zod";
import { metricName, namespace } from "./metric-request.ts";
import type { MetricStore } from "./metric-store.ts";
import { offsetOf, tokenAt } from "./page-token.ts";
import { checkRequest } from "./read-request.ts";

const requestSchema = z.strictObject({
  Namespace: namespace.optional(),
  MetricName: metricName.optional(),
  Dimensions: z
    .array(z.strictObject({ Name: z.string().min(1).max(255), Value: z.string().max(1024).optional() }))
    .max(30)
    .default([]),
  RecentlyActive: z.literal("PT3H").optional(),
  NextToken: z.string().optional(),
});

const pageSize = 500;
const hourMs = 3_600_000;

/** The answer's JSON. Throws a QueryError. */
export function listMetrics(json: unknown, store: MetricStore, nowMs: number): object {
  const request = checkRequest(requestSchema, json, "InvalidParameterValue");
  const { Namespace, MetricName, Dimensions: filters, RecentlyActive } = request;
  const offset = offsetOf(request);
  const found = store
    .list(nowMs - (RecentlyActive === undefined ? 14 * 24 : 3) * hourMs)
    .filter(
      (metric) =>
        (Namespace ?? metric.Namespace) === metric.Namespace &&
        (MetricName ?? metric.MetricName) === metric.MetricName &&
        filters.every(({ Name, Value }) =>
          metric.Dimensions.some((one) => one.Name === Name && (Value ?? one.Value) === one.Value),
        ),
    );
  const end = offset + pageSize;
  return {
    Metrics: found.slice(offset, end),
    ...(found.length > end ? { NextToken: tokenAt(request, end) } : {}),
  };
}
