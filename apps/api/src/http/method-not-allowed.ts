/** Answers a known path that is called with a method it does not have. */
import type { Problem } from "@caprock/domain";
import type { Context } from "hono";
import type { RequestEnv } from "./request-context.ts";

/** A handler that answers 405, in the shape of `answerProblem`, and names the methods of `allow`. */
export function methodNotAllowed(
  allow: string,
  answerProblem: (c: Context<RequestEnv>, problem: Problem) => Response,
) {
  return (c: Context<RequestEnv>): Response => {
    const response = answerProblem(c, {
      code: "method_not_allowed",
      message: `${c.req.method} is not served here; use ${allow}.`,
    });
    response.headers.set("allow", allow);
    return response;
  };
}
