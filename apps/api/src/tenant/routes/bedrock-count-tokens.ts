/** POST /model/{id}/count-tokens: Bedrock's own count of a prompt. It costs nothing, and counts as a request. */
import { CaprockError, refusal } from "@caprock/domain";
import { BedrockFault, problemOfFault } from "@caprock/inference";
import { routeModel, runFreeCall } from "@caprock/turn";
import type { Context } from "hono";
import { z } from "zod";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { freeCallOf } from "../begin-turn.ts";
import { limitHeaders } from "../limit-headers.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";

const countRequest = z.looseObject({
  input: z.union([
    z.strictObject({ converse: z.record(z.string(), z.unknown()) }),
    z.strictObject({ invokeModel: z.looseObject({ body: z.string() }) }),
  ]),
});

/** Bedrock counts by bare ids; here every id of the model will do, and so does a tenant's own inference profile. */
export function bedrockCountTokens({ turn, ...parts }: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, { turn, ...parts });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const modelId = c.req.param("id") ?? "";
    const route = routeModel(modelId, call.caller.tenant, turn.catalog, turn.region);
    if ("refused" in route) {
      return answerProblem(c, route.refused);
    }
    const parsed = countRequest.safeParse(call.body);
    if (!parsed.success) {
      const problem = {
        code: "invalid_request",
        message: "input: must hold either `converse` or `invokeModel` with a `body`.",
        param: "input",
      } as const;
      return answerProblem(c, refusal(problem).refused);
    }
    if (!route.model.supports.countTokens) {
      const message = `Bedrock does not count tokens for "${route.model.id}".`;
      return answerProblem(c, { code: "unsupported_by_model", message, param: "model" });
    }
    const { input } = parsed.data;
    try {
      const counted = await runFreeCall(
        freeCallOf(c, { caller: call.caller, modelId }),
        route,
        () => turn.bedrock.countTokens({ modelId: route.model.id, input, signal: c.req.raw.signal }),
        turn,
      );
      return "refused" in counted
        ? answerProblem(c, counted.refused)
        : c.json({ inputTokens: counted.answer }, 200, {
            "x-amzn-requestid": c.get("requestId"),
            ...limitHeaders(counted.standings, turn.clock.now()),
          });
    } catch (error) {
      throw error instanceof BedrockFault ? new CaprockError(problemOfFault(error), error) : error;
    }
  };
}
