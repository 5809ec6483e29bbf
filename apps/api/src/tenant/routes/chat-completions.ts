/** POST /v1/chat/completions: OpenAI's wire, streaming and not. */
import { converse, parseConverseBody, runTurn, runTurnStream, type TurnStream } from "@caprock/turn";
import type { Context } from "hono";
import { problemOfError } from "../../http/problem-of-error.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { sseEvent, sseResponse } from "../../http/server-sent-events.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import type { ConverseAnswer, ConverseStreamEvent } from "../protocols/converse-json.ts";
import { streamError } from "../protocols/openai/to-error.ts";
import { parseChatCompletion, wantsUsageChunk } from "../protocols/openai-chat/request.ts";
import { sseDone } from "../protocols/openai-chat/sse.ts";
import { ChunkMapper } from "../protocols/openai-chat/to-chunks.ts";
import { type CompletionOrigin, toCompletion } from "../protocols/openai-chat/to-completion.ts";
import { toConverse } from "../protocols/openai-chat/to-converse.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";

export function chatCompletions(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const parsed = parseChatCompletion(call.body);
    if ("refused" in parsed) {
      return answerProblem(c, parsed.refused);
    }
    const { request } = parsed;
    const translated = toConverse(request);
    if ("refused" in translated) {
      return answerProblem(c, translated.refused);
    }
    const canonical = parseConverseBody(translated.body);
    if ("refused" in canonical) {
      return answerProblem(c, canonical.refused);
    }
    const { turn, hangUp } = beginTurn(c, {
      caller: call.caller,
      wire: "openai.chat",
      modelId: request.model,
      operation: converse(canonical.body),
    });
    const origin: CompletionOrigin = {
      requestId: turn.requestId,
      createdSeconds: Math.floor(turn.arrivedAtMs / 1000),
      model: request.model,
    };
    if (!request.stream) {
      const result = await runTurn(turn, parts.turn);
      return "refused" in result
        ? answerProblem(c, result.refused)
        : c.json(
            toCompletion(result.answer as unknown as ConverseAnswer, origin),
            200,
            turnHeaders(result, parts.turn.clock.now()),
          );
    }
    const result = await runTurnStream(turn, parts.turn);
    if ("refused" in result) {
      return answerProblem(c, result.refused);
    }
    const mapper = new ChunkMapper({ ...origin, includeUsage: wantsUsageChunk(request) });
    return sseResponse({
      events: toSse(result, mapper),
      hangUp,
      timer: parts.timer,
      headers: turnHeaders(result, parts.turn.clock.now()),
    });
  };
}

/** One text for each read from Bedrock; a failure becomes the stream's last event. */
async function* toSse({ frames }: TurnStream, mapper: ChunkMapper): AsyncGenerator<string> {
  try {
    for await (const batch of frames) {
      let text = "";
      for (const { type, event } of batch) {
        const chunk = mapper.map({ [type]: event } as ConverseStreamEvent);
        if (chunk) {
          text += sseEvent(chunk);
        }
      }
      if (text !== "") {
        yield text;
      }
    }
    yield sseDone;
  } catch (error) {
    yield streamError(problemOfError(error));
  }
}
