/** POST /v1/messages: Anthropic's wire, streaming and not, for every chat model. */
import { runTurn, runTurnStream } from "@caprock/turn";
import type { Context } from "hono";
import { jsonAnswer } from "../../http/json-answer.ts";
import { problemOfError } from "../../http/problem-of-error.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { sseResponse } from "../../http/server-sent-events.ts";
import { answerProblem } from "../answer-problem.ts";
import { beginTurn } from "../begin-turn.ts";
import { readAnswer, readEvents } from "../protocols/answer-format/read-answer.ts";
import { streamError } from "../protocols/anthropic/to-error.ts";
import { readBetas } from "../protocols/anthropic-messages/betas.ts";
import { parseMessages } from "../protocols/anthropic-messages/request.ts";
import { toConverse } from "../protocols/anthropic-messages/to-converse.ts";
import { EventMapper, ping } from "../protocols/anthropic-messages/to-events.ts";
import { type MessageOrigin, toMessage } from "../protocols/anthropic-messages/to-message.ts";
import type { ConverseStreamEvent } from "../protocols/converse-json.ts";
import { questionOf } from "../protocols/question-of.ts";
import { translatedOperation } from "../protocols/translated-operation.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";
import { warningHeader } from "../warning-header.ts";

export function messages(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const parsed = parseMessages(call.body);
    if ("refused" in parsed) {
      return answerProblem(c, parsed.refused);
    }
    const { request } = parsed;
    const betas = readBetas(c.req.header("anthropic-beta"));
    const { operation, last } = translatedOperation(
      (wanted) => toConverse(request, { ...wanted, betas: betas.told }),
      questionOf(request.messages),
    );
    const { turn, hangUp } = beginTurn(c, {
      caller: call.caller,
      wire: "anthropic.messages",
      modelId: request.model,
      operation,
      endUserId: request.metadata?.user_id,
    });
    const result = request.stream ? await runTurnStream(turn, parts.turn) : await runTurn(turn, parts.turn);
    if ("refused" in result) {
      return answerProblem(c, result.refused);
    }
    const translated = last();
    const origin: MessageOrigin = {
      requestId: turn.requestId,
      model: request.model,
      stopSequences: request.stop_sequences ?? [],
      documentTitles: translated.documentTitles ?? [],
    };
    const headers = {
      "request-id": turn.requestId,
      ...warningHeader([...betas.warnings, ...translated.warnings]),
      ...turnHeaders(c, result, parts.turn.clock.now()),
    };
    if ("answer" in result) {
      return jsonAnswer(toMessage({ ...readAnswer(result.answer, translated) }, origin), headers);
    }
    const mapper = new EventMapper(origin, result.context?.promptTokens ?? 0);
    const events = toEvents(readEvents(result, translated), mapper, turn.requestId);
    return sseResponse({ events, hangUp, timer: parts.timer, headers, heartbeat: ping });
  };
}

/** One text for each read from Bedrock; a failure becomes the stream's last event. */
async function* toEvents(
  read: AsyncIterable<readonly ConverseStreamEvent[]>,
  mapper: EventMapper,
  requestId: string,
): AsyncGenerator<string> {
  try {
    for await (const batch of read) {
      const text = batch
        .flatMap((told) => Object.entries(told))
        .map(([type, event]) => mapper.map(type, event))
        .join("");
      if (text !== "") {
        yield text;
      }
    }
  } catch (error) {
    yield streamError(problemOfError(error), requestId);
  }
}
