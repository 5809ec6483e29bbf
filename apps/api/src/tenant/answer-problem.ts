/** Turns every refusal and failure of the tenant API into HTTP, in the shape of the caller's wire. */
import type { Problem } from "@caprock/domain";
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";
import { limitHeadersOfRefusal } from "./limit-headers.ts";
import { toErrorAnswer as toAnthropicError } from "./protocols/anthropic/to-error.ts";
import { toErrorAnswer as toBedrockError } from "./protocols/bedrock/to-error.ts";
import { toErrorAnswer as toOpenAiError } from "./protocols/openai/to-error.ts";
import { isAnthropicClient, type ToErrorAnswer } from "./protocols/wire.ts";

/** The wire a path belongs to. Paths of no wire are answered in OpenAI's shape, which most clients read. */
function wireOf(c: Context<RequestEnv>): ToErrorAnswer {
  const { path } = c.req;
  if (path.startsWith("/model/") || path.startsWith("/guardrail/")) {
    return toBedrockError;
  }
  const isAnthropic = /^\/v1\/messages(\/|$)/.test(path) || isAnthropicClient(c.req.raw.headers);
  return isAnthropic ? toAnthropicError : toOpenAiError;
}

export function answerProblem(c: Context<RequestEnv>, problem: Problem): Response {
  c.set("errorCode", problem.code);
  const { status, headers, body } = wireOf(c)(problem, c.get("requestId"));
  const limits = limitHeadersOfRefusal(problem, c.get("arrivedAtMs"));
  return new Response(JSON.stringify(body), { status, headers: { ...limits, ...headers } });
}
