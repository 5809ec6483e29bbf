/** Admin API: a tenant's API keys. */
import { apiKeyIdPattern } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant } from "../wire-types.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";

const apiKeyId = z
  .string()
  .regex(apiKeyIdPattern, "is not an API key id")
  .openapi({ param: { name: "apiKeyId", in: "path" }, example: "k0123456789ab" });

export const apiKey = z
  .object({
    id: z.string(),
    tenantId: z.string(),
    name: z.string(),
    createdAt: instant,
    revokedAt: instant.optional(),
  })
  .openapi("ApiKey");
export type ApiKeyView = z.infer<typeof apiKey>;

export const createdApiKey = apiKey
  .extend({
    apiKey: z.string().openapi({ description: "The whole key. It is shown this once and not stored." }),
  })
  .openapi("CreatedApiKey");

export const createApiKeyBody = z
  .strictObject({ name: z.string().trim().min(1).max(100).openapi({ example: "production" }) })
  .openapi("CreateApiKey");

export const listApiKeysRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/keys",
  tags: ["API keys"],
  summary: "List a tenant's keys",
  request: { params: z.object({ tenantId }) },
  responses: {
    200: {
      content: { "application/json": { schema: z.object({ keys: z.array(apiKey) }) } },
      description: "All keys, revoked ones too, newest first",
    },
    ...problemResponses(400, 401, 404),
  },
});

export const createApiKeyRoute = createRoute({
  method: "post",
  path: "/admin/v1/tenants/{tenantId}/keys",
  tags: ["API keys"],
  summary: "Create a key",
  request: {
    params: z.object({ tenantId }),
    body: { content: { "application/json": { schema: createApiKeyBody } }, required: true },
  },
  responses: {
    201: {
      content: { "application/json": { schema: createdApiKey } },
      description: "Created; the only time the key is shown",
    },
    ...problemResponses(400, 401, 404),
  },
});

export const revokeApiKeyRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/keys/{apiKeyId}",
  tags: ["API keys"],
  summary: "Revoke a key",
  description: "The key is refused from the moment in `revokedAt` on. Revoking it again changes nothing.",
  request: { params: z.object({ tenantId, apiKeyId }) },
  responses: {
    200: { content: { "application/json": { schema: apiKey } }, description: "The revoked key" },
    ...problemResponses(400, 401, 404),
  },
});
