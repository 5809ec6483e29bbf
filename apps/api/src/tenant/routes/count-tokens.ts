/** POST /v1/messages/count_tokens: what a Messages request would count as input. */
import { countPrompt, parseConverseBody, routeModel, runFreeCall } from "@caprock/turn";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { freeCallOf } from "../begin-turn.ts";
import { limitHeaders } from "../limit-headers.ts";
import { readBetas } from "../protocols/anthropic-messages/betas.ts";
import { parsePrompt } from "../protocols/anthropic-messages/request.ts";
import { toConverse } from "../protocols/anthropic-messages/to-converse.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { warningHeader } from "../warning-header.ts";

/** "exact" where the model itself has counted, "estimated" where it cannot and Caprock has. */
export const tokenCountHeaderName = "x-caprock-token-count";

/** Costs nothing, and counts as a request. */
export function countTokens(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const parsed = parsePrompt(call.body);
    if ("refused" in parsed) {
      return answerProblem(c, parsed.refused);
    }
    const { catalog, region } = parts.turn;
    const route = routeModel(parsed.request.model, call.caller.tenant, catalog, region);
    if ("refused" in route) {
      return answerProblem(c, route.refused);
    }
    const { told: betas, warnings } = readBetas(c.req.header("anthropic-beta"));
    const translated = toConverse(parsed.request, { model: route.model, streamed: false, betas });
    if ("refused" in translated) {
      return answerProblem(c, translated.refused);
    }
    const canonical = parseConverseBody(translated.body);
    if ("refused" in canonical) {
      return answerProblem(c, canonical.refused);
    }
    const counted = await runFreeCall(
      freeCallOf(c, { caller: call.caller, modelId: parsed.request.model }),
      route,
      () => countPrompt(canonical.body, route.model, parts.turn, c.req.raw.signal),
      parts.turn,
    );
    if ("refused" in counted) {
      return answerProblem(c, counted.refused);
    }
    const { tokens, isExact } = counted.answer;
    return c.json({ input_tokens: tokens }, 200, {
      ...limitHeaders(counted.standings, parts.turn.clock.now()),
      "request-id": c.get("requestId"),
      [tokenCountHeaderName]: isExact ? "exact" : "estimated",
      ...warningHeader([...warnings, ...translated.warnings]),
    });
  };
}
