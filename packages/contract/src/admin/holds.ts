/** Admin API: money that is set aside for calls, and how an operator gives it back. */
import { requestIdPattern } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant, usd } from "../wire-types.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";
import { month } from "./usage.ts";

export const hold = z
  .object({
    requestId: z.string(),
    amountUsd: usd,
    state: z.enum(["held", "unresolved"]).openapi({
      description:
        "`unresolved`: the call ended without telling its cost; it counts against the cap until resolved.",
    }),
    expiresAt: instant,
  })
  .openapi("Hold");
export type HoldView = z.infer<typeof hold>;

const query = z.object({
  month: month.optional().openapi({ description: "The running month unless told." }),
});

export const listHoldsRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/holds",
  tags: ["Holds"],
  summary: "List what is set aside for a tenant's calls",
  request: { params: z.object({ tenantId }), query },
  responses: {
    200: {
      content: { "application/json": { schema: z.object({ holds: z.array(hold) }) } },
      description: "Open holds, oldest first",
    },
    ...problemResponses(400, 401, 404),
  },
});

export const releaseHoldRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/holds/{requestId}",
  tags: ["Holds"],
  summary: "Give an unresolved hold back, unbilled",
  description:
    "For a call that is known not to have run, where no invocation log can tell. A hold whose call may still run is refused.",
  request: {
    params: z.object({
      tenantId,
      requestId: z
        .string()
        .regex(requestIdPattern, "is not a request id")
        .openapi({ param: { name: "requestId", in: "path" } }),
    }),
    query,
  },
  responses: {
    200: { content: { "application/json": { schema: hold } }, description: "The hold that was given back" },
    ...problemResponses(400, 401, 404, 409),
  },
});
