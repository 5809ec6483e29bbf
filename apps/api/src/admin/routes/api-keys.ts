/** Admin API: a tenant's API keys. */
import {
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
  rotateApiKeyRoute,
  updateApiKeyRoute,
} from "@caprock/contract";
import { issueApiKey, revokeApiKey, rotateApiKey, tenantNotFound, updateApiKey } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { apiKeyView, createdApiKeyView } from "../views.ts";

export function addApiKeyRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(listApiKeysRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const nowMs = parts.clock.now();
    return c.json({ keys: (await parts.apiKeys.list(tenantId)).map((key) => apiKeyView(key, nowMs)) }, 200);
  });

  app.openapi(createApiKeyRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const { apiKey, text } = await issueApiKey(tenantId, c.req.valid("json"), changeParts(c, parts));
    return c.json(createdApiKeyView({ apiKey, text }, parts), 201);
  });

  app.openapi(updateApiKeyRoute, async (c) => {
    const { tenantId, apiKeyId } = c.req.valid("param");
    const key = await updateApiKey(tenantId, apiKeyId, c.req.valid("json"), changeParts(c, parts));
    return "refused" in key
      ? (answerProblem(c, key.refused) as never)
      : c.json(apiKeyView(key, parts.clock.now()), 200);
  });

  app.openapi(rotateApiKeyRoute, async (c) => {
    const { tenantId, apiKeyId } = c.req.valid("param");
    const { graceSeconds } = c.req.valid("json");
    const rotated = await rotateApiKey(tenantId, apiKeyId, graceSeconds, changeParts(c, parts));
    return "refused" in rotated
      ? (answerProblem(c, rotated.refused) as never)
      : c.json(createdApiKeyView(rotated, parts), 200);
  });

  app.openapi(revokeApiKeyRoute, async (c) => {
    const { tenantId, apiKeyId } = c.req.valid("param");
    const key = await revokeApiKey(tenantId, apiKeyId, changeParts(c, parts));
    return "refused" in key
      ? (answerProblem(c, key.refused) as never)
      : c.json(apiKeyView(key, parts.clock.now()), 200);
  });
}
