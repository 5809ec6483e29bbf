/** Admin API: what is charged or given back after a call was entered, and months that are closed. */
import { createRoute, z } from "@hono/zod-openapi";
import { instant, tokenUsage, usd } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";
import { month } from "./usage.ts";

const params = z.object({ tenantId });

export const adjustment = z
  .object({
    adjustmentId: z.string(),
    requestId: z.string(),
    application: z.string(),
    apiKeyId: z.string(),
    modelId: z.string(),
    serviceTier: z.string(),
    kind: z.enum(["rerate", "lateEntry", "lateCorrection"]).openapi({
      description:
        "`rerate`: the call was priced again. `lateEntry`, `lateCorrection`: the call, or its true cost, became known when its month was closed.",
    }),
    arrivedAt: instant.openapi({ description: "When the call arrived." }),
    postedAt: instant,
    billedMonth: z.string().openapi({ description: "The month whose bill it is part of." }),
    fromPriceBookVersion: z.string().optional(),
    toPriceBookVersion: z.string(),
    markupBasisPoints: z.int(),
    listDeltaUsd: usd,
    deltaUsd: usd.openapi({ description: "What the tenant is charged more; negative gives back." }),
    tokens: tokenUsage.optional().openapi({ description: "Of a late entry: the ledger has nothing of it." }),
    reason: z.string(),
    author: z.string(),
  })
  .openapi("Adjustment");
export type AdjustmentView = z.infer<typeof adjustment>;

export const closedMonth = z
  .object({
    month: z.string(),
    timeZone: z.string(),
    start: instant,
    end: instant.openapi({ description: "The first instant after it." }),
    closedAt: instant,
    entries: z.int(),
    tokens: tokenUsage,
    listCostUsd: usd,
    costUsd: usd.openapi({ description: "The sum of the entries." }),
    adjustments: z.int(),
    adjustmentsUsd: usd,
    billUsd: usd.openapi({ description: "Entries and adjustments: what the month comes to." }),
    entriesSha256: z.string().openapi({
      description: "Of the entries in order of arrival, each as canonical JSON and a line feed; hex.",
    }),
  })
  .openapi("ClosedMonth");
export type ClosedMonthView = z.infer<typeof closedMonth>;

export const rerateReport = z
  .object({
    dryRun: z.boolean(),
    month: z.string(),
    priceBookVersion: z.string().openapi({ description: "The edition that the calls were priced by." }),
    entries: z.int(),
    adjusted: z.int().openapi({ description: "Calls whose charge changes." }),
    deltaUsd: usd,
    models: z.array(z.object({ modelId: z.string(), adjusted: z.int(), deltaUsd: usd })),
    unpriced: z
      .int()
      .openapi({ description: "Calls that this edition cannot price; they stay as they are." }),
    estimated: z
      .int()
      .openapi({ description: "Estimates that the invocation log may yet correct; they stay." }),
  })
  .openapi("RerateReport");
export type RerateReportView = z.infer<typeof rerateReport>;

export const rerateRoute = createRoute({
  method: "post",
  path: "/admin/v1/tenants/{tenantId}/rerate",
  tags: ["Usage"],
  summary: "Price a month again",
  description:
    "Prices a tenant's calls of a month by the present edition of the price book, as of their arrival and with the tenant's markup, and posts what that changes as adjustments. The ledger's entries and the limits' accounts stay as they are. Running it again adjusts nothing twice.",
  request: {
    params,
    body: {
      ...json(
        z.strictObject({
          month,
          reason: z.string().trim().min(1).max(500),
          dryRun: z
            .boolean()
            .default(true)
            .openapi({ description: "True tells the sums and posts nothing." }),
        }),
        "Which month, and why",
      ),
      required: true,
    },
  },
  responses: { 200: json(rerateReport, "What changes"), ...problemResponses(400, 401, 404) },
});

export const listAdjustmentsRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/adjustments",
  tags: ["Usage"],
  summary: "The adjustments in a month's bill, by the call they are of",
  description: "Those that were posted in the last seconds may be missing.",
  request: {
    params,
    query: z.object({
      month: month.optional().openapi({ description: "The running month of the tenant unless told." }),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      after: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .openapi({ description: "Continue behind this adjustment." }),
    }),
  },
  responses: {
    200: json(
      z.object({ adjustments: z.array(adjustment), next: z.string().optional() }),
      "A page; `next` is the `after` of the next one",
    ),
    ...problemResponses(400, 401, 404),
  },
});

export const listClosedMonthsRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/closed-months",
  tags: ["Usage"],
  summary: "Months whose bill does not change any more",
  request: { params },
  responses: {
    200: json(z.object({ closedMonths: z.array(closedMonth) }), "The newest first"),
    ...problemResponses(400, 401, 404),
  },
});
