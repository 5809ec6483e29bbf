/** POST /v1/chat/completions: OpenAI's wire, streaming and not. */
import { runTurn, runTurnStream, type TurnReport } from "@caprock/turn";
import type { Context } from "hono";
import { jsonAnswer } from "../../http/json-answer.ts";
import { problemOfError } from "../../http/problem-of-error.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { sseEvent, sseResponse } from "../../http/server-sent-events.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { readAnswer, readEvents } from "../protocols/answer-format/read-answer.ts";
import type { ConverseStreamEvent } from "../protocols/converse-json.ts";
import { streamError } from "../protocols/openai/to-error.ts";
import { parseChatCompletion, wantsUsageChunk } from "../protocols/openai-chat/request.ts";
import { sseDone } from "../protocols/openai-chat/sse.ts";
import { ChunkMapper } from "../protocols/openai-chat/to-chunks.ts";
import { type CompletionOrigin, toCompletion } from "../protocols/openai-chat/to-completion.ts";
import { toConverse } from "../protocols/openai-chat/to-converse.ts";
import { questionOf } from "../protocols/question-of.ts";
import { translatedOperation } from "../protocols/translated-operation.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";
import { warningHeader } from "../warning-header.ts";

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
    const { operation, last } = translatedOperation(
      (wanted) => toConverse(request, wanted),
      questionOf(request.messages),
    );
    const { turn, hangUp } = beginTurn(c, {
      caller: call.caller,
      wire: "openai.chat",
      modelId: request.model,
      operation,
      endUserId: request.safety_identifier ?? request.user,
    });
    const headersOf = (report: TurnReport) => ({
      ...turnHeaders(c, report, parts.turn.clock.now()),
      ...warningHeader([...parsed.warnings, ...last().warnings]),
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
        : jsonAnswer(toCompletion(readAnswer(result.answer, last()), origin), headersOf(result));
    }
    const result = await runTurnStream(turn, parts.turn);
    if ("refused" in result) {
      return answerProblem(c, result.refused);
    }
    const mapper = new ChunkMapper({ ...origin, includeUsage: wantsUsageChunk(request) });
    return sseResponse({
      events: toSse(readEvents(result, last()), mapper),
      hangUp,
      timer: parts.timer,
      headers: headersOf(result),
    });
  };
}

/** One text for each read from Bedrock; a failure becomes the stream's last event. */
async function* toSse(
  events: AsyncIterable<readonly ConverseStreamEvent[]>,
  mapper: ChunkMapper,
): AsyncGenerator<string> {
  try {
    for await (const batch of events) {
      let text = "";
      for (const event of batch) {
        const chunk = mapper.map(event);
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
