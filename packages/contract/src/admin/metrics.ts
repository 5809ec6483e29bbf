/** Admin API: which metrics are sent, what they cost, and whether they agree with the ledger. */
import { createRoute, z } from "@hono/zod-openapi";
import { instant, tokenUsage, usd } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { longestDays } from "./report-query.ts";

const count = z.coerce.number().int().min(0).max(10_000_000);
const cardinality = z.enum(["all", "top", "off"]);

export const metricsPolicy = z
  .object({
    destination: z.enum(["off", "cloudwatch", "emf"]),
    namespace: z.string(),
    cardinality,
    topTenants: z.int(),
    current: z.object({ series: z.int(), monthlyUsd: usd }).optional().openapi({
      description:
        "Series with data in the last three hours, as CloudWatch lists them, and their price if that goes on for a month. Absent where metrics are off.",
    }),
    assumed: z.object({
      tenants: z.int(),
      models: z.int().openapi({
        description:
          "Models with data in the last two weeks, or all of the catalog while there are none; unless told.",
      }),
    }),
    policies: z
      .array(
        z.object({
          cardinality,
          series: z.int(),
          monthlyUsd: usd.openapi({ description: "Custom metrics alone." }),
        }),
      )
      .openapi({ description: "The most that each policy makes: as if every tenant used every model." }),
    putCallsMonthlyUsd: usd.openapi({
      description:
        "PutMetricData calls of one process that flushes around the clock with every series of the current policy in each flush.",
    }),
  })
  .openapi("MetricsPolicy");
export type MetricsPolicyView = z.infer<typeof metricsPolicy>;

export const readMetricsPolicyRoute = createRoute({
  method: "get",
  path: "/admin/v1/metrics/policy",
  tags: ["Metrics"],
  summary: "Which metrics are sent, and what each policy costs a month",
  request: {
    query: z.object({
      tenants: count.optional().openapi({ description: "Counts as many instead of those there are." }),
      models: count.optional().openapi({ description: "Counts as many instead of those in use." }),
    }),
  },
  responses: {
    200: json(metricsPolicy, "The policy"),
    ...problemResponses(400, 401),
  },
});

const wholeMinute = z.iso
  .datetime()
  .refine(
    (text) => Date.parse(text) % 60_000 === 0,
    "must be on a whole minute, such as 2026-11-22T12:00:00Z",
  );

/** CloudWatch keeps minutes for 15 days and coarser sums for longer; a range is bounded as other reports' are. */
function isRange(from: string, to: string): boolean {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  return days > 0 && days <= longestDays;
}

const sums = z.object({ requests: z.int(), tokens: tokenUsage, costUsd: usd });

/** The usage report read from CloudWatch: what metrics tell of it. */
export const cloudWatchUsageReport = z
  .object({
    generatedAt: instant,
    source: z.literal("cloudwatch"),
    rows: z.array(sums.extend({ group: z.record(z.string(), z.string()) })),
    totals: sums,
  })
  .openapi("CloudWatchUsageReport", {
    description:
      "By tenant, model, day and hour alone. Neither demo traffic nor adjustments are in it; cost is within a billionth.",
  });
export type CloudWatchUsageReportView = z.infer<typeof cloudWatchUsageReport>;

export const sourceComparison = z
  .object({
    comparedAt: instant,
    agrees: z.boolean(),
    rows: z.array(
      z.object({
        tenantId: z.string().optional(),
        modelId: z.string(),
        ledger: sums,
        cloudWatch: sums,
        difference: sums.openapi({ description: "CloudWatch less ledger." }),
        share: z.number().openapi({ description: "The cost's difference as a share of the ledger's." }),
        agrees: z.boolean(),
      }),
    ),
  })
  .openapi("SourceComparison");
export type SourceComparisonView = z.infer<typeof sourceComparison>;

export const compareSourcesRoute = createRoute({
  method: "get",
  path: "/admin/v1/metrics/comparison",
  tags: ["Metrics"],
  summary: "CloudWatch against the ledger, by tenant and model (by model where tenants have no series)",
  request: {
    query: z.object({ from: wholeMinute, to: wholeMinute }).refine(({ from, to }) => isRange(from, to), {
      path: ["from"],
      message: `must be before \`to\`, at most ${longestDays} days`,
    }),
  },
  responses: {
    200: json(sourceComparison, "The comparison"),
    ...problemResponses(400, 401),
  },
});
