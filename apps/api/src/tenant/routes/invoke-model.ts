/** POST /model/{id}/invoke and /invoke-with-response-stream: vendors' own bodies, passed on byte for byte. */
import { invocation, runTurn, runTurnStream } from "@caprock/turn";
import type { Context } from "hono";
import { parseJson } from "../../http/read-json.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { streamBody } from "../../http/stream-body.ts";
import { unbufferedHeaders } from "../../http/unbuffered-headers.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { identify } from "../identify.ts";
import { invokeExceptions } from "../protocols/bedrock/encode-frame.ts";
import { passFrames } from "../protocols/bedrock/pass-frames.ts";
import { readInvokeHeaders } from "../protocols/bedrock/read-invoke-headers.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";

export function invokeModel(parts: TenantParts, { streamed }: { readonly streamed: boolean }) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const identified = await identify(c, parts);
    if ("refused" in identified) {
      return answerProblem(c, identified.refused);
    }
    const headers = readInvokeHeaders(c.req.raw.headers);
    if ("refused" in headers) {
      return answerProblem(c, headers.refused);
    }
    const { bytes, caller } = identified;
    const body = parseJson(bytes);
    if ("refused" in body) {
      return answerProblem(c, body.refused);
    }
    const { turn, hangUp } = beginTurn(c, {
      caller,
      wire: streamed ? "bedrock.invoke-stream" : "bedrock.invoke",
      modelId: c.req.param("id") ?? "",
      operation: invocation({ bytes, body: body.value, ...headers }),
    });
    const named = { "x-amzn-requestid": turn.requestId };
    if (!streamed) {
      const result = await runTurn(turn, parts.turn);
      return "refused" in result
        ? answerProblem(c, result.refused)
        : new Response(Buffer.from(result.answer.body), {
            headers: {
              ...result.answer.headers,
              ...named,
              ...turnHeaders(c, result, parts.turn.clock.now()),
            },
          });
    }
    const result = await runTurnStream(turn, parts.turn);
    if ("refused" in result) {
      return answerProblem(c, result.refused);
    }
    return new Response(streamBody(passFrames(result.frames, invokeExceptions), hangUp), {
      headers: {
        ...result.headers,
        ...unbufferedHeaders,
        ...named,
        ...turnHeaders(c, result, parts.turn.clock.now()),
      },
    });
  };
}
