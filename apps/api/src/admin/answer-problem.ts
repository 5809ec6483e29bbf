/** Turns every refusal and failure of the admin API into HTTP. */
import { errorCatalog, type Problem } from "@caprock/domain";
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";

export function answerProblem(c: Context<RequestEnv>, { code, message, param }: Problem): Response {
  c.set("errorCode", code);
  const error = { code, message, ...(param === undefined ? {} : { param }), requestId: c.get("requestId") };
  return new Response(JSON.stringify({ error }), {
    status: errorCatalog[code].httpStatus,
    headers: { "content-type": "application/json" },
  });
}
