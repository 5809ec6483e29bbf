/** Admin API: a tenant's API keys. */
import { defaultApplication } from "@caprock/domain";
import { createRoute, z } from "@hono/zod-openapi";
import { instant } from "../wire-types.ts";
import { apiKeyIdOf, applicationName } from "./api-key-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";

const apiKeyId = apiKeyIdOf("path");

const signIn = z
  .strictObject({
    issuer: z.url({ protocol: /^https?$/ }).openapi({ example: "https://login.example.com" }),
    audience: z.string().min(1).max(255).openapi({ description: "The client id that the issuer gave." }),
    emailDomain: z
      .string()
      .regex(/^[A-Za-z0-9.-]+$/)
      .max(253)
      .optional()
      .openapi({ description: "Only verified addresses of it; absent for all whom the issuer signs in." }),
  })
  .openapi("SignIn", { description: "Whose sign-ins (OpenID Connect) are exchanged for tokens of the key." });

export const apiKey = z
  .object({
    id: z.string(),
    tenantId: z.string(),
    name: z.string(),
    application: z.string(),
    signIn: signIn.optional(),
    createdAt: instant,
    previousSecretUntil: instant.optional().openapi({
      description: "After a rotation: how long the earlier secret is accepted.",
    }),
    revokedAt: instant.optional(),
  })
  .openapi("ApiKey");
export type ApiKeyView = z.infer<typeof apiKey>;

export const createdApiKey = apiKey
  .extend({
    apiKey: z.string().openapi({ description: "The whole key. It is shown this once and not stored." }),
    accessKey: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }).optional().openapi({
      description:
        "The same key for AWS SDKs that sign their requests. Absent where this deployment takes API keys only.",
    }),
  })
  .openapi("CreatedApiKey");
export type CreatedApiKeyView = z.infer<typeof createdApiKey>;

const name = z.string().trim().min(1).max(100).openapi({ example: "production" });

export const createApiKeyBody = z
  .strictObject({ name, application: applicationName.default(defaultApplication) })
  .openapi("CreateApiKey");

export const updateApiKeyBody = z
  .strictObject({
    name: name.optional(),
    application: applicationName.optional(),
    signIn: signIn.nullable().optional().openapi({ description: "null ends sign-ins." }),
  })
  .refine((body) => Object.keys(body).length > 0, "names nothing to change")
  .openapi("UpdateApiKey");

const longestGraceSeconds = 30 * 24 * 3_600;

export const rotateApiKeyBody = z
  .strictObject({
    graceSeconds: z
      .int()
      .min(0)
      .max(longestGraceSeconds)
      .default(24 * 3_600)
      .openapi({
        description:
          "How long the earlier secret is still accepted; 0 ends it at once, within a second everywhere.",
      }),
  })
  .openapi("RotateApiKey");

export const listApiKeysRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/keys",
  tags: ["API keys"],
  summary: "List a tenant's keys",
  request: { params: z.object({ tenantId }) },
  responses: {
    200: json(z.object({ keys: z.array(apiKey) }), "All keys, revoked ones too, newest first"),
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
    body: { ...json(createApiKeyBody, "The new key"), required: true },
  },
  responses: {
    201: json(createdApiKey, "Created; the only time the key is shown"),
    ...problemResponses(400, 401, 404),
  },
});

export const updateApiKeyRoute = createRoute({
  method: "patch",
  path: "/admin/v1/tenants/{tenantId}/keys/{apiKeyId}",
  tags: ["API keys"],
  summary: "Rename a key, move it to another application, or say who may sign in for it",
  description: "Calls in flight are settled where they are held; later ones count to the new application.",
  request: {
    params: z.object({ tenantId, apiKeyId }),
    body: { ...json(updateApiKeyBody, "What changes"), required: true },
  },
  responses: {
    200: json(apiKey, "The key as it is now"),
    ...problemResponses(400, 401, 404, 409),
  },
});

export const rotateApiKeyRoute = createRoute({
  method: "post",
  path: "/admin/v1/tenants/{tenantId}/keys/{apiKeyId}/rotate",
  tags: ["API keys"],
  summary: "Give a key another secret",
  description:
    "Its id, its application and its limits stay. While an earlier secret is in grace, only a rotation with `graceSeconds` 0 is possible.",
  request: {
    params: z.object({ tenantId, apiKeyId }),
    body: { ...json(rotateApiKeyBody, "How long the old secret still holds"), required: true },
  },
  responses: {
    200: json(createdApiKey, "Rotated; the only time the new key is shown"),
    ...problemResponses(400, 401, 404, 409),
  },
});

export const revokeApiKeyRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/keys/{apiKeyId}",
  tags: ["API keys"],
  summary: "Revoke a key",
  description:
    "The process that answers refuses the key from the moment in `revokedAt` on, and every other one within a second of it. Revoking it again changes nothing.",
  request: { params: z.object({ tenantId, apiKeyId }) },
  responses: {
    200: json(apiKey, "The revoked key"),
    ...problemResponses(400, 401, 404),
  },
});
