/** Admin API: forgetting all that a tenant's end users said. */
import { forgetTenantRoute } from "@caprock/contract";
import { forgetMemory } from "@caprock/memory";
import { recordChange, tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import { forgetProofView } from "../../memory-views.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";

export function addMemoryRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(forgetTenantRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const scope = { kind: "tenant" } as const;
    const found = await parts.memory.sessions.stored(tenantId, scope);
    await recordChange(
      tenantId,
      { action: "memory.delete", target: tenantId, change: { scope: "tenant", found } },
      changeParts(c, parts),
    );
    return c.json(forgetProofView(scope, await forgetMemory(tenantId, scope, parts.memory)), 200);
  });
}
