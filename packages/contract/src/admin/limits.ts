/** Admin API: how limits stand, overrides of them, and the platform's own limits. */
import { limitScopes, limitWindows } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant, usd } from "../wire-types.ts";
import { apiKeyIdOf, applicationName } from "./api-key-types.ts";
import { json } from "./json-body.ts";
import { limitOverride, limitOverrideInput, limitRule, limitRuleInput } from "./limit-types.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId, timeZone } from "./tenants.ts";

const standing = {
  limitId: z.string(),
  owner: z.enum(["tenant", "platform"]),
  scope: z.enum(limitScopes),
  of: z.string().optional(),
  window: z
    .object({ kind: z.enum(limitWindows), label: z.string(), startsAt: instant, resetsAt: instant })
    .optional()
    .openapi({ description: "Absent for calls at once." }),
  override: limitOverride.optional().openapi({ description: "The override that holds now." }),
};
const amounts = <T extends z.ZodType>(amount: T) => ({
  limit: amount,
  settled: amount,
  held: amount,
  remaining: amount,
});

export const limitStanding = z
  .discriminatedUnion("unit", [
    z.object({ ...standing, unit: z.literal("usd"), ...amounts(usd) }),
    z.object({ ...standing, unit: z.enum(["tokens", "requests", "concurrency"]), ...amounts(z.int()) }),
  ])
  .openapi("LimitStanding", {
    description:
      "settled + held + remaining = limit, unless the limit was lowered below what is used already.",
  });
export type LimitStandingView = z.infer<typeof limitStanding>;

export const platformLimits = z
  .object({
    rules: z.array(limitRule),
    overrides: z.array(limitOverride),
    timeZone: z.string(),
    version: z.int().openapi({ description: "Counts edits; 0 when there were none." }),
  })
  .openapi("PlatformLimits");
export type PlatformLimitsView = z.infer<typeof platformLimits>;

const overrideId = z
  .string()
  .regex(/^o[0-9a-f]{16}$/, "is not an override id")
  .openapi({ param: { name: "overrideId", in: "path" } });
const overrideBody = { body: { ...json(limitOverrideInput, "The override"), required: true } };

export const listLimitsRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/limits",
  tags: ["Limits"],
  summary: "How every limit stands that binds a tenant's calls now",
  description:
    "The limits of the tenant and the platform as a whole, and those of the parts that the query names. A key implies its application.",
  request: {
    params: z.object({ tenantId }),
    query: z.object({
      apiKeyId: apiKeyIdOf("query").optional(),
      application: applicationName.optional(),
      modelId: z.string().min(1).max(256).optional(),
    }),
  },
  responses: {
    200: json(z.object({ limits: z.array(limitStanding) }), "In the order in which waiting for them costs"),
    ...problemResponses(400, 401, 404),
  },
});

export const addOverrideRoute = createRoute({
  method: "post",
  path: "/admin/v1/tenants/{tenantId}/overrides",
  tags: ["Limits"],
  summary: "Give a limit another amount for a while",
  request: { params: z.object({ tenantId }), ...overrideBody },
  responses: { 201: json(limitOverride, "Added"), ...problemResponses(400, 401, 404, 409) },
});

export const endOverrideRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/overrides/{overrideId}",
  tags: ["Limits"],
  summary: "End an override at once, or take back one to come",
  request: { params: z.object({ tenantId, overrideId }) },
  responses: {
    200: json(limitOverride, "The override that was ended"),
    ...problemResponses(400, 401, 404, 409),
  },
});

export const readPlatformLimitsRoute = createRoute({
  method: "get",
  path: "/admin/v1/platform/limits",
  tags: ["Limits"],
  summary: "Read the limits over all tenants together",
  responses: { 200: json(platformLimits, "The limits"), ...problemResponses(401) },
});

export const replacePlatformLimitsRoute = createRoute({
  method: "put",
  path: "/admin/v1/platform/limits",
  tags: ["Limits"],
  summary: "Replace the limits over all tenants together",
  description: "In force in every process within five seconds. Scopes `platform` and `model` only.",
  request: {
    body: {
      ...json(
        z
          .strictObject({
            rules: z.array(limitRuleInput),
            timeZone: timeZone.default("UTC"),
            version: z.int().min(0).openapi({ description: "The version that was read." }),
          })
          .openapi("ReplacePlatformLimits"),
        "All rules as they are to be",
      ),
      required: true,
    },
  },
  responses: { 200: json(platformLimits, "The limits as they are now"), ...problemResponses(400, 401, 409) },
});

export const addPlatformOverrideRoute = createRoute({
  method: "post",
  path: "/admin/v1/platform/overrides",
  tags: ["Limits"],
  summary: "Give a limit of the platform another amount for a while",
  request: overrideBody,
  responses: { 201: json(limitOverride, "Added"), ...problemResponses(400, 401, 409) },
});

export const endPlatformOverrideRoute = createRoute({
  method: "delete",
  path: "/admin/v1/platform/overrides/{overrideId}",
  tags: ["Limits"],
  summary: "End an override of the platform's limits at once, or take back one to come",
  request: { params: z.object({ overrideId }) },
  responses: {
    200: json(limitOverride, "The override that was ended"),
    ...problemResponses(400, 401, 404, 409),
  },
});
