/** Admin API: forgetting all that a tenant's end users said, or one of them. */
import { forgetActorRoute, forgetTenantRoute } from "@caprock/contract";
import { type ForgetProof, type ForgetScope, forgetMemory } from "@caprock/memory";
import { recordChange, tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { forgetProofView } from "../../memory-views.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";

export function addMemoryRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(forgetTenantRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const scope = { kind: "tenant" } as const;
    const proof = await forget(c, tenantId, scope, parts);
    return proof
      ? c.json(forgetProofView(scope, proof), 200)
      : (answerProblem(c, tenantNotFound(tenantId).refused) as never);
  });

  app.openapi(forgetActorRoute, async (c) => {
    const { tenantId, actor: actorId } = c.req.valid("param");
    const scope = { kind: "actor", actorId } as const;
    const proof = await forget(c, tenantId, scope, parts);
    return proof
      ? c.json(forgetProofView(scope, proof), 200)
      : (answerProblem(c, tenantNotFound(tenantId).refused) as never);
  });
}

/** The audit log is told first, of what was found. Undefined when there is no such tenant. */
async function forget(
  c: Context<RequestEnv>,
  tenantId: string,
  scope: Extract<ForgetScope, { kind: "tenant" | "actor" }>,
  parts: AdminParts,
): Promise<ForgetProof | undefined> {
  if (!(await parts.tenants.read(tenantId))) {
    return undefined;
  }
  const found = await parts.memory.sessions.stored(tenantId, scope);
  const { kind, ...of } = scope;
  await recordChange(
    tenantId,
    { action: "memory.delete", target: tenantId, change: { scope: kind, ...of, found } },
    changeParts(c, parts),
  );
  return forgetMemory(tenantId, scope, parts.memory);
}
