/** Admin API: tenants. */
import { createTenantRoute, listTenantsRoute, readTenantRoute, updateTenantRoute } from "@caprock/contract";
import { limitsOf } from "@caprock/metering";
import { createTenant, tenantNotFound, updateTenant } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { tenantView } from "../views.ts";

export function addTenantRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(listTenantsRoute, async (c) =>
    c.json({ tenants: (await parts.tenants.list()).map(tenantView) }, 200),
  );

  app.openapi(createTenantRoute, async (c) => {
    const { monthlyCapUsd, ...wanted } = c.req.valid("json");
    const tenant = await createTenant({ ...wanted, monthlyCapNanoUsd: monthlyCapUsd }, parts);
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
    const { monthlyCapUsd, ...change } = c.req.valid("json");
    const tenant = await updateTenant(tenantId, { ...change, monthlyCapNanoUsd: monthlyCapUsd }, parts);
    if ("refused" in tenant) {
      return answerProblem(c, tenant.refused) as never;
    }
    // Should this be cut off, the next call of the tenant brings the accounts to the new limits itself.
    await Promise.all(limitsOf(tenant, parts.clock.now()).map((limit) => parts.accounts.applyLimit(limit)));
    return c.json(tenantView(tenant), 200);
  });
}
