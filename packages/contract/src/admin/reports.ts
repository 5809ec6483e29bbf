/** Admin API: reports on usage, and their exports. */
import { createRoute, z } from "@hono/zod-openapi";
import { instant, tokenUsage, usd } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { cloudWatchUsageReport } from "./metrics.ts";
import { problemResponses } from "./problem-responses.ts";
import { focusQuery, forecastQuery, moversQuery, usageReportQuery } from "./report-query.ts";
import { tenantId } from "./tenants.ts";
import { month } from "./usage.ts";

const figures = {
  requests: z
    .int()
    .openapi({ description: "Calls. Work on long-term memory is none, though its cost is among the costs." }),
  tokens: tokenUsage,
  units: z.record(z.string(), z.int()).openapi({
    description:
      "What is billed by the piece: images, queries, text units of guardrails, events and retrievals of long-term memory.",
  }),
  listCostUsd: usd.openapi({ description: "At AWS's list prices." }),
  costUsd: usd.openapi({ description: "What the ledger's entries charge." }),
  adjustmentUsd: usd.openapi({ description: "What adjustments of these calls add, or take away." }),
  estimatedRequests: z
    .int()
    .openapi({ description: "Cut streams that Bedrock's own count is not known of yet." }),
  estimatedCostUsd: usd,
  simulatedRequests: z.int().openapi({ description: "Demo traffic that no model served." }),
  firstToken: z
    .object({ requests: z.int(), meanMs: z.number(), maxMs: z.number() })
    .optional()
    .openapi({ description: "Time to the first token of streamed answers; absent where none was streamed." }),
};

const value = z.string().optional();

const group = z
  .object({
    tenant: value,
    application: value,
    key: value,
    model: value,
    tier: value,
    status: value,
    wire: value,
    day: value.openapi({ example: "2026-11-01" }),
    hour: value.openapi({
      description: "With the offset from UTC, so that an hour that comes twice has two rows.",
      example: "2026-11-01T01:00-07:00",
    }),
  })
  .openapi({ description: "The values of the dimensions that were asked for." });

export const usageReport = z
  .object({
    generatedAt: instant,
    source: z.literal("ledger"),
    rows: z.array(z.object({ group, ...figures })),
    totals: z.object(figures),
  })
  .openapi("UsageReport");
export type UsageReportView = z.infer<typeof usageReport>;

const mover = z.object({
  value: z.string(),
  costUsd: usd,
  costBeforeUsd: usd,
  changeUsd: usd,
  changeRatio: z
    .number()
    .optional()
    .openapi({ description: "0.1 is 10 % more; absent where nothing was before." }),
  requests: z.int(),
  requestsBefore: z.int(),
});

export const moversReport = z
  .object({ generatedAt: instant, movers: z.array(mover), total: mover.omit({ value: true }) })
  .openapi("MoversReport");
export type MoversReportView = z.infer<typeof moversReport>;

export const spendForecast = z
  .object({
    tenantId: z.string(),
    month: z.string(),
    monthEnd: instant,
    capUsd: usd,
    spentUsd: usd,
    outlook: z
      .object({
        method: z.enum(["weekly", "daily", "run-rate"]).openapi({
          description:
            "`weekly`, `daily`: the pattern of the hours of the week or day with a linear trend (classical additive decomposition). `run-rate`: the mean.",
        }),
        costUsd: usd.openapi({ description: "At the end of the month." }),
        lowUsd: usd.openapi({ description: "8 of 10 outcomes are expected from `lowUsd` to `highUsd`." }),
        highUsd: usd,
        exhaustedAt: instant
          .optional()
          .openapi({ description: "When the cap is reached; absent if not within the month." }),
        earliestExhaustedAt: instant.optional(),
        latestExhaustedAt: instant.optional(),
      })
      .optional()
      .openapi({ description: "Absent where there is too little history." }),
    historyHours: z.int(),
    neededHours: z.int(),
  })
  .openapi("SpendForecast");
export type SpendForecastView = z.infer<typeof spendForecast>;

const csv = (description: string) => ({ content: { "text/csv": { schema: z.string() } }, description });

export const usageReportRoute = createRoute({
  method: "get",
  path: "/admin/v1/reports/usage",
  tags: ["Reports"],
  summary: "Usage by any mix of dimensions",
  description: "At most 10,000 rows; more are refused with a request to narrow the report.",
  request: { query: usageReportQuery },
  responses: {
    200: json(
      z.discriminatedUnion("source", [usageReport, cloudWatchUsageReport]),
      "The rows and their sum; those of CloudWatch have fewer members",
    ),
    ...problemResponses(400, 401),
  },
});

export const usageCsvRoute = createRoute({
  method: "get",
  path: "/admin/v1/reports/usage.csv",
  tags: ["Reports"],
  summary: "The usage report as CSV",
  request: { query: usageReportQuery },
  responses: { 200: csv("The rows"), ...problemResponses(400, 401) },
});

export const moversRoute = createRoute({
  method: "get",
  path: "/admin/v1/reports/movers",
  tags: ["Reports"],
  summary: "What grew and shrank most against the window before",
  description: "A window that is not over is compared with as long a beginning of the one before.",
  request: { query: moversQuery },
  responses: { 200: json(moversReport, "The largest changes first"), ...problemResponses(400, 401) },
});

export const forecastRoute = createRoute({
  method: "get",
  path: "/admin/v1/reports/forecast",
  tags: ["Reports"],
  summary: "What tenants will have spent at the end of their month, and when their caps will be used up",
  request: { query: forecastQuery },
  responses: {
    200: json(z.object({ generatedAt: instant, forecasts: z.array(spendForecast) }), "By tenant"),
    ...problemResponses(400, 401),
  },
});

export const focusCsvRoute = createRoute({
  method: "get",
  path: "/admin/v1/reports/focus.csv",
  tags: ["Reports"],
  summary: "Chargeback of a month with the columns of FOCUS 1.2",
  description:
    "A row for each day, tenant, application, key, model, tier, token class and price, and one for each adjustment in the month's bill. Costs sum to the ledger's exactly.",
  request: { query: focusQuery },
  responses: { 200: csv("The rows, streamed"), ...problemResponses(400, 401) },
});

export const statementRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/statement",
  tags: ["Reports"],
  summary: "A tenant's statement of a month, to print",
  request: {
    params: z.object({ tenantId }),
    query: z.object({
      month: month.optional().openapi({ description: "The tenant's running month unless told." }),
    }),
  },
  responses: {
    200: { content: { "text/html": { schema: z.string() } }, description: "A page that stands by itself" },
    ...problemResponses(400, 401, 404),
  },
});
