/** Admin API: a body of JSON, of a request or of an answer, as OpenAPI describes it. */
import type { z } from "@hono/zod-openapi";

/** Of a route definition: `responses[status]`, or `request.body` with `required: true` beside it. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { content: { "application/json": { schema } }, description };
}
