/** Admin API: a tenant's API keys. */
import { createApiKeyRoute, listApiKeysRoute, revokeApiKeyRoute } from "@caprock/contract";
import { issueApiKey, tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { apiKeyView } from "../views.ts";

export function addApiKeyRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(listApiKeysRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    return c.json({ keys: (await parts.apiKeys.list(tenantId)).map(apiKeyView) }, 200);
  });

  app.openapi(createApiKeyRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const { apiKey, text } = await issueApiKey(tenantId, c.req.valid("json").name, parts);
    return c.json({ ...apiKeyView(apiKey), apiKey: text }, 201);
  });

  app.openapi(revokeApiKeyRoute, async (c) => {
    const { tenantId, apiKeyId } = c.req.valid("param");
    const key = await parts.apiKeys.revoke(tenantId, apiKeyId, parts.clock.now());
    return key
      ? c.json(apiKeyView(key), 200)
      : (answerProblem(c, {
          code: "not_found",
          message: `Tenant "${tenantId}" has no API key "${apiKeyId}".`,
        }) as never);
  });
}
