/** POST /v1/images/generations: OpenAI's wire, for every image model of the catalog. */
import { refusal } from "@caprock/domain";
import { drawing, runTurn } from "@caprock/turn";
import type { Context } from "hono";
import { jsonAnswer } from "../../http/json-answer.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { identify } from "../identify.ts";
import { parseImages, toImages } from "../protocols/openai-media/images.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";

export function imageGenerations(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const parsed = parseImages(call.body);
    if ("refused" in parsed) {
      return answerProblem(c, parsed.refused);
    }
    const { turn } = beginTurn(c, {
      caller: call.caller,
      wire: "openai.images",
      modelId: parsed.request.model,
      operation: drawing(parsed.request),
    });
    const result = await runTurn(turn, parts.turn);
    if ("refused" in result) {
      return answerProblem(c, result.refused);
    }
    const images = toImages(result.answer, Math.floor(turn.arrivedAtMs / 1000));
    return "refused" in images
      ? answerProblem(c, images.refused)
      : jsonAnswer(images, turnHeaders(c, result, parts.turn.clock.now()));
  };
}

/** POST /v1/images/edits and /v1/images/variations: known on OpenAI's wire, and not served. */
export function unservedImages(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const identified = await identify(c, parts);
    return "refused" in identified
      ? answerProblem(c, identified.refused)
      : answerProblem(
          c,
          refusal({
            code: "unsupported_parameter",
            message: `${c.req.path} is not served here: no model of the catalog edits images. POST /v1/images/generations draws them.`,
          }).refused,
        );
  };
}
