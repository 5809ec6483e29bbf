/** POST /guardrail/{id}/version/{version}/apply: Bedrock's own wire, held for and charged by text units. */
import { refusal } from "@caprock/domain";
import { guardrailsId } from "@caprock/metering";
import { guardrail, runTurn } from "@caprock/turn";
import type { Context } from "hono";
import { z } from "zod";
import { jsonAnswer } from "../../http/json-answer.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";

export function applyGuardrail(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const body = z.record(z.string(), z.unknown()).safeParse(call.body);
    if (!body.success) {
      const { refused } = refusal({ code: "invalid_request", message: "The body must be a JSON object." });
      return answerProblem(c, refused);
    }
    const { turn } = beginTurn(c, {
      caller: call.caller,
      wire: "bedrock.apply-guardrail",
      modelId: guardrailsId,
      operation: guardrail({
        guardrailId: c.req.param("id") ?? "",
        version: c.req.param("version") ?? "",
        body: body.data,
      }),
    });
    const result = await runTurn(turn, parts.turn);
    return "refused" in result
      ? answerProblem(c, result.refused)
      : jsonAnswer(result.answer, {
          "x-amzn-requestid": turn.requestId,
          ...turnHeaders(c, result, parts.turn.clock.now()),
        });
  };
}
