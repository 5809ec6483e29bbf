/** Admin API: the application inference profiles by which AWS bills a tenant apart. */
import { createRoute, z } from "@hono/zod-openapi";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenant, tenantId } from "./tenants.ts";

const profileArn = z
  .string()
  .regex(
    /^arn:aws:bedrock:[a-z0-9-]+:\d{12}:application-inference-profile\/[A-Za-z0-9]+$/,
    "is not the ARN of an application inference profile",
  );

export const addInferenceProfileBody = z
  .strictObject({
    model: z.string().min(1).max(200).openapi({
      description: "The id that the profile is made from and priced by: a model's, or a system profile's.",
      example: "us.anthropic.claude-sonnet-5",
    }),
    arn: profileArn.optional().openapi({
      description:
        "A profile that is there already. Without it, one is made, with the tags that bills are read by, unless the tenant has one of this id already.",
    }),
  })
  .openapi("AddInferenceProfile");

const changed = {
  200: json(tenant, "The tenant as it is now"),
  ...problemResponses(400, 401, 404, 409),
} as const;

export const addInferenceProfileRoute = createRoute({
  method: "post",
  path: "/admin/v1/tenants/{tenantId}/inference-profiles",
  tags: ["Tenants"],
  summary: "Give a tenant an inference profile for a model",
  description:
    "The tenant's calls of that id go through the profile from then on, and the tenant may name it by its ARN.",
  request: {
    params: z.object({ tenantId }),
    body: { ...json(addInferenceProfileBody, "The profile to add"), required: true },
  },
  responses: changed,
});

export const removeInferenceProfileRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/inference-profiles",
  tags: ["Tenants"],
  summary: "Take an inference profile from a tenant",
  description: "The profile itself stays at AWS.",
  request: { params: z.object({ tenantId }), query: z.object({ arn: profileArn }) },
  responses: changed,
});
