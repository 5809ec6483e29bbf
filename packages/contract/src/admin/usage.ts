/** Admin API: what was used and what it cost. */
import { requestIdPattern } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant, tokenUsage, usd } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId, timeZone } from "./tenants.ts";

/** A calendar month, "2026-11". */
export const month = z
  .string()
  .regex(/^20\d\d-(0[1-9]|1[0-2])$/, "must be a month such as 2026-11")
  .openapi({ example: "2026-11" });

export const usageSummary = z
  .object({
    month: z.string().openapi({
      description:
        "The month asked for; without one the running month of the time zone asked for, or of UTC.",
    }),
    generatedAt: instant,
    totals: z.object({ costUsd: usd, heldUsd: usd, requests: z.int(), tokens: tokenUsage }),
    tenants: z.array(
      z.object({
        tenantId: z.string(),
        name: z.string(),
        status: z.string(),
        month: z.string().openapi({
          description:
            "The month of these figures: around midnight tenants of two zones may be in different ones.",
        }),
        capUsd: usd.openapi({ description: "The monthly cap that is in force now, an override included." }),
        costUsd: usd.openapi({
          description: "The month's ledger entries, with the adjustments of their calls.",
        }),
        heldUsd: usd.openapi({
          description: "Reserved for calls in flight and for cut streams not yet resolved.",
        }),
        requests: z.int(),
        tokens: tokenUsage,
      }),
    ),
    series: z.array(
      z.object({
        day: z.string().openapi({
          description: "Calendar day in the tenant's time zone, or in the one asked for.",
          example: "2026-11-22",
        }),
        modelId: z.string(),
        costUsd: usd,
        requests: z.int(),
      }),
    ),
  })
  .openapi("UsageSummary");
export type UsageSummaryView = z.infer<typeof usageSummary>;

export const ledgerEntry = z
  .object({
    requestId: z.string(),
    tenantId: z.string(),
    apiKeyId: z.string(),
    application: z.string(),
    modelId: z.string(),
    invokedId: z.string().openapi({ description: "What Bedrock was asked for, inference profile included." }),
    wire: z.string(),
    status: z.enum(["completed", "aborted", "failed"]),
    arrivedAt: instant,
    settledAt: instant,
    tokens: tokenUsage,
    lines: z.array(z.object({ tokenClass: z.string(), tokens: z.int(), usdPerMillionTokens: usd })),
    unitLines: z.array(z.object({ unit: z.string(), count: z.int(), usdEach: usd })).openapi({
      description: "What was billed by the piece: images, queries.",
    }),
    listCostUsd: usd.openapi({ description: "What the lines come to: the price that AWS lists." }),
    markupBasisPoints: z
      .int()
      .openapi({ description: "Hundredths of a percent on the list price; negative for a discount." }),
    costUsd: usd.openapi({ description: "What is charged: the list price with the markup, rounded up." }),
    priceBookVersion: z.string(),
    serviceTier: z.string(),
    estimated: z
      .boolean()
      .openapi({ description: "True until Bedrock's own count of a cut stream is known." }),
    simulated: z.boolean().openapi({ description: "True for demo traffic that no model served." }),
  })
  .openapi("LedgerEntry");
export type LedgerEntryView = z.infer<typeof ledgerEntry>;

export const usageSummaryRoute = createRoute({
  method: "get",
  path: "/admin/v1/usage",
  tags: ["Usage"],
  summary: "Spend of a month by tenant, and by day and model",
  request: {
    query: z.object({
      month: month
        .optional()
        .openapi({ description: "Unless told the running one: of `timeZone`, or else each tenant's own." }),
      timeZone: timeZone.optional().openapi({
        description: "Whose month and days (IANA). Each tenant's own unless told; what is held always is.",
      }),
    }),
  },
  responses: {
    200: json(usageSummary, "The summary"),
    ...problemResponses(400, 401),
  },
});

export const listLedgerRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/ledger",
  tags: ["Usage"],
  summary: "A tenant's ledger entries of a month, oldest first",
  request: {
    params: z.object({ tenantId }),
    query: z.object({
      month: month.optional().openapi({
        description: "The running month of the tenant's time zone unless told.",
      }),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      after: z.string().regex(requestIdPattern, "is not a request id").optional().openapi({
        description: "Continue behind this request id.",
      }),
    }),
  },
  responses: {
    200: {
      content: {
        "application/json": {
          schema: z.object({ entries: z.array(ledgerEntry), next: z.string().optional() }),
        },
      },
      description: "A page; `next` is the `after` of the next one",
    },
    ...problemResponses(400, 401, 404),
  },
});
