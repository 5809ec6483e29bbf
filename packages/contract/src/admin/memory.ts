/** Forgetting: what a tenant's memory held, and the proof that it holds it no more. */
import { createRoute, z } from "@hono/zod-openapi";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";

const count = z.int().min(0);
const counts = z.object({
  sessions: count,
  turns: count,
  summaries: count.openapi({ description: "Summaries of sessions; one goes with any turn of its session." }),
  bodies: count.openapi({
    description: "What was said in large turns, which is kept as objects of its own.",
  }),
  other: count.openapi({
    description: "Where ids of turns lead, and notes of turns that were begun and not kept.",
  }),
});

export const forgetProof = z
  .object({
    object: z.literal("memory.forgotten"),
    scope: z.object({
      kind: z.enum(["turn", "session", "actor", "tenant"]),
      actor: z.string().optional(),
      session: z.string().optional(),
      turn: z.string().optional(),
    }),
    complete: z.boolean().openapi({
      description:
        "Whether nothing was found afterwards. Where it is false, something came meanwhile, or something is unfinished: forget again.",
    }),
    unfinished: z
      .array(z.enum(["longTermMemory"]))
      .optional()
      .openapi({
        description:
          "What did not answer in time. It is still being forgotten behind this answer, and what is said meanwhile with it; forgetting again tells what is left.",
      }),
    removed: z.object({
      sessionStore: counts.openapi({ description: "What a reading found before." }),
      vectors: count.openapi({ description: "Turns of which embedding models had made vectors." }),
      longTermMemory: z.object({ events: count, records: count }).optional().openapi({
        description: "Absent where the deployment has no long-term memory, and where it is unfinished.",
      }),
    }),
    left: z.object({
      sessionStore: counts.openapi({ description: "What a reading found afterwards." }),
      vectors: count,
      longTermMemory: z.object({ events: count, records: count }).optional(),
    }),
  })
  .openapi("ForgetProof");
export type ForgetProofView = z.infer<typeof forgetProof>;

const actor = z
  .string()
  .min(1)
  .max(128)
  .openapi({
    param: { name: "actor", in: "path" },
    description: "As the tenant names the end user in `x-caprock-actor`.",
    example: "ann@example.com",
  });

export const forgetTenantRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/memory",
  tags: ["Memory"],
  summary: "Forget all that a tenant's end users said",
  description:
    "Deletes every session and every long-term record of the tenant, for good, and reads afterwards. A tenant that is to stay empty is suspended first.",
  request: { params: z.object({ tenantId }) },
  responses: {
    200: json(forgetProof, "What was removed, and what is left"),
    ...problemResponses(400, 401, 404),
  },
});

export const forgetActorRoute = createRoute({
  method: "delete",
  path: "/admin/v1/tenants/{tenantId}/actors/{actor}/memory",
  tags: ["Memory"],
  summary: "Forget all that one end user said",
  description:
    "Deletes every session and every long-term record of the actor, for good, and reads afterwards. There is a proof also for an actor of whom nothing was kept.",
  request: { params: z.object({ tenantId, actor }) },
  responses: {
    200: json(forgetProof, "What was removed, and what is left"),
    ...problemResponses(400, 401, 404),
  },
});
