/** Admin API: how keys and applications are named. */
import { apiKeyIdPattern, applicationPattern } from "@caprock/domain";
import { z } from "@hono/zod-openapi";

/** An API key's id, in the path or the query. */
export const apiKeyIdOf = (place: "path" | "query") =>
  z
    .string()
    .regex(apiKeyIdPattern, "is not an API key id")
    .openapi({ param: { name: "apiKeyId", in: place }, example: "k0123456789ab" });

export const applicationName = z
  .string()
  .regex(applicationPattern, "must be 1 to 64 letters, digits and _.:/=+-@, without spaces")
  .openapi({ description: "Which of the tenant's applications calls with a key.", example: "support-bot" });
