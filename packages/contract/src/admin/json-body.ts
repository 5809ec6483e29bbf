/** Admin API: a body of JSON, of a request or of an answer, as OpenAPI describes it. */
import type { z } from "@hono/zod-openapi";

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { content: { "application/json": { schema } }, description };
}
