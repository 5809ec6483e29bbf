/** POST /model/{id}/converse and /converse-stream: Bedrock's own wire, passed through without loss. */
import { converse as converseOperation, parseConverseBody, runTurn, runTurnStream } from "@caprock/turn";
import type { Context } from "hono";
import { jsonAnswer } from "../../http/json-answer.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { streamBody } from "../../http/stream-body.ts";
import { unbufferedHeaders } from "../../http/unbuffered-headers.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { converseExceptions } from "../protocols/bedrock/encode-frame.ts";
import { passFrames } from "../protocols/bedrock/pass-frames.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";

export function converse(parts: TenantParts, { streamed }: { readonly streamed: boolean }) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const canonical = parseConverseBody(call.body);
    if ("refused" in canonical) {
      return answerProblem(c, canonical.refused);
    }
    const { turn, hangUp } = beginTurn(c, {
      caller: call.caller,
      wire: streamed ? "bedrock.converse-stream" : "bedrock.converse",
      modelId: c.req.param("id") ?? "",
      operation: converseOperation(canonical.body),
    });
    const headers = { "x-amzn-requestid": turn.requestId };
    if (!streamed) {
      const result = await runTurn(turn, parts.turn);
      return "refused" in result
        ? answerProblem(c, result.refused)
        : jsonAnswer(result.answer, { ...headers, ...turnHeaders(c, result, parts.turn.clock.now()) });
    }
    const result = await runTurnStream(turn, parts.turn);
    return "refused" in result
      ? answerProblem(c, result.refused)
      : new Response(streamBody(passFrames(result.frames, converseExceptions), hangUp), {
          headers: {
            "content-type": "application/vnd.amazon.eventstream",
            ...unbufferedHeaders,
            ...headers,
            ...turnHeaders(c, result, parts.turn.clock.now()),
          },
        });
  };
}
