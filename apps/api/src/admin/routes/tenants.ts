/** Admin API: tenants. */
import {
  createTenantRoute,
  listTenantsRoute,
  readTenantRoute,
  type TenantChangeInput,
  updateTenantRoute,
} from "@caprock/contract";
import type { ContextPolicy, Refusal } from "@caprock/domain";
import { createTenant, type TenantChange, tenantNotFound, updateTenant } from "@caprock/tenancy";
import { checkPolicyModels } from "@caprock/turn";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { applyTenantLimits } from "../apply-limits.ts";
import { changeParts } from "../change-parts.ts";
import { checkKeys } from "../check-keys.ts";
import { checkModels } from "../check-models.ts";
import { ruleFromInput } from "../limit-views.ts";
import { tenantView } from "../views.ts";

export function addTenantRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(listTenantsRoute, async (c) =>
    c.json({ tenants: (await parts.tenants.list()).map(tenantView) }, 200),
  );

  app.openapi(createTenantRoute, async (c) => {
    const { monthlyCapUsd, ...wanted } = c.req.valid("json");
    const tenant = await createTenant({ ...wanted, monthlyCapNanoUsd: monthlyCapUsd }, changeParts(c, parts));
    return c.json(tenantView(tenant), 201);
  });

  app.openapi(readTenantRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const tenant = await parts.tenants.read(tenantId);
    return tenant
      ? c.json(tenantView(tenant), 200)
      : (answerProblem(c, tenantNotFound(tenantId).refused) as never);
  });

  app.openapi(updateTenantRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const change = tenantChange(c.req.valid("json"));
    const tenant =
      checkModels(change, parts.catalog) ??
      (await checkContextPolicy(tenantId, change.contextPolicy, parts)) ??
      (await checkKeys(tenantId, change.rules, parts.apiKeys)) ??
      (await updateTenant(tenantId, change, changeParts(c, parts)));
    if ("refused" in tenant) {
      return answerProblem(c, tenant.refused) as never;
    }
    await applyTenantLimits(tenant, parts);
    return c.json(tenantView(tenant), 200);
  });
}

/** A policy may name a model by an inference profile of its tenant's own. */
async function checkContextPolicy(
  tenantId: string,
  policy: ContextPolicy | undefined,
  { tenants, rerating, ...parts }: AdminParts,
): Promise<Refusal | undefined> {
  const tenant = policy && (await tenants.read(tenantId));
  return tenant && checkPolicyModels(policy, "contextPolicy", tenant, { ...parts, ...rerating });
}

function tenantChange(body: TenantChangeInput): TenantChange {
  const { monthlyCapUsd, rules, markup, ...change } = body;
  return {
    ...change,
    monthlyCapNanoUsd: monthlyCapUsd,
    ...(rules ? { rules: rules.map(ruleFromInput) } : {}),
    ...(markup ? { markup: markupFromInput(markup) } : {}),
  };
}

function markupFromInput({ basisPoints, from }: NonNullable<TenantChangeInput["markup"]>) {
  return { basisPoints, ...(from === undefined ? {} : { fromMs: Date.parse(from) }) };
}
