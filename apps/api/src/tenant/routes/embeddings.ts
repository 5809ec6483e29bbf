/** POST /v1/embeddings: OpenAI's wire, for every embedding model of the catalog. */
import { embedding, runTurn } from "@caprock/turn";
import type { Context } from "hono";
import { jsonAnswer } from "../../http/json-answer.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { parseEmbeddings, toEmbeddings } from "../protocols/openai-media/embeddings.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";

export function embeddings(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const parsed = parseEmbeddings(call.body);
    if ("refused" in parsed) {
      return answerProblem(c, parsed.refused);
    }
    const { model, texts, dimensions, encoding } = parsed.request;
    const { turn } = beginTurn(c, {
      caller: call.caller,
      wire: "openai.embeddings",
      modelId: model,
      operation: embedding({ texts, dimensions }),
    });
    const result = await runTurn(turn, parts.turn);
    return "refused" in result
      ? answerProblem(c, result.refused)
      : jsonAnswer(
          toEmbeddings(result.answer, { model, encoding }),
          turnHeaders(c, result, parts.turn.clock.now()),
        );
  };
}
