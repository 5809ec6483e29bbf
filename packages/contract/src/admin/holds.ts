/** Admin API: what is set aside for calls, and how an operator gives it back. */
import { limitScopes, limitWindows, requestIdPattern } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant, usd } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";

const held = {
  requestId: z.string().openapi({
    description: "The call's; or, of what a process that died has left open of its grant, the grant's id.",
  }),
  tenantId: z.string().optional().openapi({
    description: "Whose call it is; absent for a grant of the platform, which covers calls of any tenant.",
  }),
  owner: z.enum(["tenant", "platform"]).openapi({ description: "Whose account it is held on." }),
  scope: z.enum(limitScopes),
  of: z.string().optional().openapi({ description: "The application, key or model that the account is of." }),
  window: z
    .object({ kind: z.enum(limitWindows), label: z.string() })
    .optional()
    .openapi({ description: "The window it counts in; absent for calls at once." }),
  state: z.enum(["held", "unresolved"]).openapi({
    description:
      "`unresolved`: the call ended without telling its cost; it counts against the limit until resolved.",
  }),
  expiresAt: instant,
};

export const hold = z
  .discriminatedUnion("unit", [
    z.object({ ...held, unit: z.literal("usd"), amount: usd }),
    z.object({ ...held, unit: z.enum(["tokens", "requests", "concurrency"]), amount: z.int() }),
  ])
  .openapi("Hold", { description: "What one call holds on one account; it holds on each that binds it." });
export type HoldView = z.infer<typeof hold>;

const requestId = z
  .string()
  .regex(requestIdPattern, "is not a request id")
  .openapi({ param: { name: "requestId", in: "path" } });
const listed = json(z.object({ holds: z.array(hold) }), "Open holds, oldest first");
const released = json(z.object({ released: z.array(hold) }), "The holds that were given back");
const listNote = "A hold of the last second may be missing.";
const releaseNote =
  "For a call that is known not to have run, where no invocation log can tell. A hold whose call may still run, or stands in the ledger, is refused.";

export const listHoldsRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/holds",
  tags: ["Holds"],
  summary: "List what is set aside on all of a tenant's accounts",
  description: listNote,
  request: { params: z.object({ tenantId }) },
  responses: { 200: listed, ...problemResponses(400, 401, 404) },
});

export const releaseHoldRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/holds/{requestId}",
  tags: ["Holds"],
  summary: "Give back, unbilled, what is unresolved of a call",
  description: `On every account of the tenant, and of the platform, that holds for it. ${releaseNote}`,
  request: { params: z.object({ tenantId, requestId }) },
  responses: { 200: released, ...problemResponses(400, 401, 404, 409) },
});

export const listPlatformHoldsRoute = createRoute({
  method: "get",
  path: "/admin/v1/platform/holds",
  tags: ["Holds"],
  summary: "List what is set aside on the platform's own accounts",
  description: listNote,
  responses: { 200: listed, ...problemResponses(401) },
});

export const releasePlatformHoldRoute = createRoute({
  method: "delete",
  path: "/admin/v1/platform/holds/{requestId}",
  tags: ["Holds"],
  summary: "Give back what is unresolved on the platform's own accounts",
  description: `The tenant's accounts keep what they hold for the call. ${releaseNote}`,
  request: { params: z.object({ requestId }) },
  responses: { 200: released, ...problemResponses(400, 401, 404, 409) },
});
