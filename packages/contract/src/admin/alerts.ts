/** Admin API: alerts that were raised, and the rules by which they are. */
import { createRoute, z } from "@hono/zod-openapi";
import { instant, usd, usdInput } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";

const delivery = z.object({
  channel: z.string().openapi({ example: "webhook" }),
  state: z.enum(["pending", "delivered"]),
  attempts: z.int(),
  nextAttemptAt: instant.optional(),
  deliveredAt: instant.optional(),
  lastFailure: z.string().optional(),
});

export const alert = z
  .object({
    id: z.string().openapi({
      description:
        "The same in every repeat of a delivery: `webhook-id` of the webhook, attribute `alertId` of SNS.",
    }),
    owner: z.string().openapi({ description: "The tenant, or `platform`." }),
    rule: z.enum(["threshold", "forecast", "anomaly", "unpriced", "reconciliation"]),
    window: z.string().openapi({ example: "2026-11" }),
    summary: z.string(),
    facts: z.record(z.string(), z.string()),
    raisedAt: instant,
    deliveries: z
      .array(delivery)
      .openapi({ description: "Channels that were tried; empty while nothing was sent." }),
  })
  .openapi("Alert");
export type AlertView = z.infer<typeof alert>;

const percents = z
  .array(z.int().min(1).max(1_000))
  .max(10)
  .openapi({ description: "Percent of a limit; none switches thresholds off.", example: [80, 100] });
const counting = z.enum(["settled", "held"]).openapi({
  description:
    "`settled`: what was used. `held` adds what is set aside for calls that run and what processes were granted.",
});
const limits = z.enum(["monthly-cap", "all", "parts"]).openapi({
  description:
    "`all`: every limit of a day, week or month that binds the owner as a whole. `parts`: those of its applications and keys too, and of models that a rule names.",
});
const bases = { percents, counting, limits, forecast: z.boolean() };
const floorNote =
  "Spend that is less than this above the usual is not unusual; null switches these alerts off.";

export const alertRules = z
  .object({
    ...bases,
    anomalyFloorUsd: usd.nullable().openapi({ description: floorNote }),
    own: z.boolean().openapi({ description: "False where the default rules hold." }),
    version: z.int().openapi({ description: "Counts edits; 0 when there were none." }),
  })
  .openapi("AlertRules");
export type AlertRulesView = z.infer<typeof alertRules>;

const alertRulesInput = z
  .strictObject({
    ...bases,
    anomalyFloorUsd: usdInput.nullable().openapi({ description: floorNote }),
    version: z.int().min(0).optional().openapi({
      description: "The version that was read: given, the change is refused when it is not the present one.",
    }),
  })
  .openapi("ReplaceAlertRules");
export type AlertRulesInput = z.output<typeof alertRulesInput>;

const rulesBody = { body: { ...json(alertRulesInput, "All rules as they are to be"), required: true } };

export const listAlertsRoute = createRoute({
  method: "get",
  path: "/admin/v1/alerts",
  tags: ["Alerts"],
  summary: "List alerts that were raised, newest first",
  request: {
    query: z.object({
      owner: z.string().min(1).max(64).optional().openapi({ description: "A tenant's id, or `platform`." }),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      after: z
        .string()
        .max(512)
        .optional()
        .openapi({ description: "Continue behind the page whose `next` this is." }),
    }),
  },
  responses: {
    200: json(z.object({ alerts: z.array(alert), next: z.string().optional() }), "A page"),
    ...problemResponses(400, 401),
  },
});

export const readAlertRulesRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/alert-rules",
  tags: ["Alerts"],
  summary: "Read by which rules a tenant's alerts are raised",
  request: { params: z.object({ tenantId }) },
  responses: { 200: json(alertRules, "The rules"), ...problemResponses(400, 401, 404) },
});

export const replaceAlertRulesRoute = createRoute({
  method: "put",
  path: "/admin/v1/tenants/{tenantId}/alert-rules",
  tags: ["Alerts"],
  summary: "Replace the rules by which a tenant's alerts are raised",
  description: "In force from the worker's next round. What was raised already is not raised again.",
  request: { params: z.object({ tenantId }), ...rulesBody },
  responses: { 200: json(alertRules, "The rules as they are now"), ...problemResponses(400, 401, 404, 409) },
});

export const readPlatformAlertRulesRoute = createRoute({
  method: "get",
  path: "/admin/v1/platform/alert-rules",
  tags: ["Alerts"],
  summary: "Read by which rules the platform's own limits are watched",
  responses: { 200: json(alertRules, "The rules"), ...problemResponses(401) },
});

export const replacePlatformAlertRulesRoute = createRoute({
  method: "put",
  path: "/admin/v1/platform/alert-rules",
  tags: ["Alerts"],
  summary: "Replace the rules by which the platform's own limits are watched",
  request: rulesBody,
  responses: { 200: json(alertRules, "The rules as they are now"), ...problemResponses(400, 401, 409) },
});
