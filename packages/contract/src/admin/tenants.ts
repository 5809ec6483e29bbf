/** Admin API: tenants. */
import { tenantIdPattern, tenantStatuses } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant, usd, usdInput } from "../wire-types.ts";
import { contextPolicy } from "./context-policy.ts";
import { json } from "./json-body.ts";
import { limitOverride, limitRule, limitRuleInput, markup, markupInput, overBudget } from "./limit-types.ts";
import { problemResponses } from "./problem-responses.ts";

export const tenantId = z
  .string()
  .regex(tenantIdPattern, "is not a tenant id")
  .openapi({ param: { name: "tenantId", in: "path" }, example: "t0123456789ab" });

const name = z.string().trim().min(1).max(100).openapi({ example: "Acme Support" });
const requestsPerMinute = z.int().min(1).max(1_000_000).openapi({ example: 600 });
export const timeZone = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone such as "Europe/Berlin"')
  .openapi({ description: "Budget months begin at midnight here.", example: "Asia/Kolkata" });

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export const tenant = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum(tenantStatuses),
    timeZone: z.string(),
    monthlyCapUsd: usd,
    requestsPerMinute: z.int(),
    rules: z.array(limitRule),
    overrides: z
      .array(limitOverride)
      .openapi({ description: "Of several that hold at once for a limit, the last counts." }),
    overBudget,
    markups: z.array(markup).openapi({
      description: "Oldest first. Before the first, and without any, the list price is charged.",
    }),
    inferenceProfiles: z.array(z.object({ arn: z.string(), model: z.string() })).openapi({
      description: "Application inference profiles that the tenant's calls go through, by model id.",
    }),
    contextPolicy,
    version: z.int().openapi({ description: "Counts edits." }),
    demo: z.boolean().openapi({ description: "Made by `start` or `--demo`, not by an admin." }),
    createdAt: instant,
  })
  .openapi("Tenant");
export type TenantView = z.infer<typeof tenant>;

export const createTenantBody = z
  .strictObject({
    name,
    monthlyCapUsd: usdInput,
    requestsPerMinute: requestsPerMinute.default(600),
    timeZone: timeZone.default("UTC"),
  })
  .openapi("CreateTenant");

export const updateTenantBody = z
  .strictObject({
    name: name.optional(),
    monthlyCapUsd: usdInput.optional(),
    requestsPerMinute: requestsPerMinute.optional(),
    status: z
      .enum(tenantStatuses)
      .optional()
      .openapi({ description: "`suspended` refuses every call, within a second everywhere." }),
    rules: z.array(limitRuleInput).optional().openapi({
      description:
        "All rules as they are to be. Overrides of a limit that goes, or that counts something else now, go with it.",
    }),
    overBudget: overBudget.optional(),
    contextPolicy: contextPolicy
      .optional()
      .openapi({ description: "The whole policy as it is to be; `{}` has the defaults." }),
    markup: markupInput.optional().openapi({
      description: "From an instant on; whatever was planned from then on is replaced.",
    }),
    version: z.int().min(1).optional().openapi({
      description: "The version that was read: given, the change is refused when it is not the present one.",
    }),
  })
  .refine((body) => Object.keys(body).some((member) => member !== "version"), "names nothing to change")
  .openapi("UpdateTenant");
/** The body as it is after it was read: amounts are bigints. */
export type TenantChangeInput = z.output<typeof updateTenantBody>;

export const listTenantsRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants",
  tags: ["Tenants"],
  summary: "List tenants",
  responses: {
    200: json(z.object({ tenants: z.array(tenant) }), "All tenants, by name"),
    ...problemResponses(401),
  },
});

export const createTenantRoute = createRoute({
  method: "post",
  path: "/admin/v1/tenants",
  tags: ["Tenants"],
  summary: "Create a tenant",
  request: { body: { ...json(createTenantBody, "The new tenant"), required: true } },
  responses: { 201: json(tenant, "Created"), ...problemResponses(400, 401) },
});

export const readTenantRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}",
  tags: ["Tenants"],
  summary: "Read a tenant",
  request: { params: z.object({ tenantId }) },
  responses: { 200: json(tenant, "The tenant"), ...problemResponses(400, 401, 404) },
});

export const updateTenantRoute = createRoute({
  method: "patch",
  path: "/admin/v1/tenants/{tenantId}",
  tags: ["Tenants"],
  summary: "Change a tenant's name, status, limits, over-budget policy, context policy or markup",
  description:
    "A new cap holds at once for the running month: calls in flight keep what they hold, and so do, for a second, processes what they were granted. Other rules are in force everywhere within a second.",
  request: {
    params: z.object({ tenantId }),
    body: { ...json(updateTenantBody, "What to change"), required: true },
  },
  responses: { 200: json(tenant, "The tenant as it is now"), ...problemResponses(400, 401, 404, 409) },
});
