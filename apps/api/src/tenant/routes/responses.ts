/** POST /v1/responses: OpenAI's wire for responses, streaming and not. */
import { runTurn, runTurnStream, type TurnReport } from "@caprock/turn";
import type { Context } from "hono";
import { jsonAnswer } from "../../http/json-answer.ts";
import { problemOfError } from "../../http/problem-of-error.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { sseEvent, sseResponse } from "../../http/server-sent-events.ts";
import { answerProblem } from "../answer-problem.ts";
import { actorIdOf, beginTurn, sessionOf } from "../begin-turn.ts";
import { readAnswer, readEvents } from "../protocols/answer-format/read-answer.ts";
import type { ConverseStreamEvent } from "../protocols/converse-json.ts";
import { toConverse } from "../protocols/openai-chat/to-converse.ts";
import { continueFrom } from "../protocols/openai-responses/continue-from.ts";
import { parseResponseRequest } from "../protocols/openai-responses/request.ts";
import { resolveReferences } from "../protocols/openai-responses/resolve-references.ts";
import type { ResponseOrigin } from "../protocols/openai-responses/response.ts";
import { toChat } from "../protocols/openai-responses/to-chat.ts";
import { EventMapper, type NumberedEvent } from "../protocols/openai-responses/to-events.ts";
import { toResponse } from "../protocols/openai-responses/to-response.ts";
import { questionOf } from "../protocols/question-of.ts";
import { translatedOperation } from "../protocols/translated-operation.ts";
import { readerOf } from "../reader-of.ts";
import { startCall } from "../start-call.ts";
import type { TenantParts } from "../tenant-parts.ts";
import { turnHeaders } from "../turn-headers.ts";
import { warningHeader } from "../warning-header.ts";

export function responses(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startCall(c, parts);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const parsed = parseResponseRequest(call.body);
    if ("refused" in parsed) {
      return answerProblem(c, parsed.refused);
    }
    const { request } = parsed;
    const { sessions } = parts.turn;
    const endUserId = request.safety_identifier ?? request.user;
    const actorId = actorIdOf(c, call.caller, endUserId);
    const reader = readerOf(call.caller, actorId);
    const resolved = await resolveReferences(request.input, reader, sessions);
    if ("refused" in resolved) {
      return answerProblem(c, resolved.refused);
    }
    const requestId = c.get("requestId");
    const continuation = await continueFrom(request, {
      reader,
      requestId,
      named: sessionOf(c, actorId),
      sessions,
    });
    if ("refused" in continuation) {
      return answerProblem(c, continuation.refused);
    }
    const chat = toChat(request, resolved.input);
    const members = { messageAt: chat.placeOf, format: "text.format", effort: "reasoning.effort" };
    const { operation, last } = translatedOperation(
      (wanted) => toConverse(chat.request, wanted, members),
      questionOf(chat.request.messages),
      continuation.prior,
    );
    const { turn, hangUp } = beginTurn(c, {
      caller: call.caller,
      wire: "openai.responses",
      modelId: request.model,
      operation,
      session: continuation.session,
      endUserId,
    });
    const headersOf = (report: TurnReport, more: readonly string[] = []) => ({
      ...turnHeaders(c, report, parts.turn.clock.now()),
      ...warningHeader([...parsed.warnings, ...chat.warnings, ...last().warnings, ...more]),
    });
    const nowSeconds = () => Math.floor(parts.turn.clock.now() / 1000);
    const origin: ResponseOrigin = {
      requestId: turn.requestId,
      createdSeconds: Math.floor(turn.arrivedAtMs / 1000),
      request,
    };
    if (!request.stream) {
      const result = await runTurn(turn, parts.turn);
      if ("refused" in result) {
        return answerProblem(c, result.refused);
      }
      const isKept = result.session?.turnId !== undefined;
      const lost = continuation.session && !isKept ? [notKept] : [];
      const end = { completedSeconds: nowSeconds(), isKept };
      return jsonAnswer(toResponse(readAnswer(result.answer, last()), origin, end), headersOf(result, lost));
    }
    const result = await runTurnStream(turn, parts.turn);
    if ("refused" in result) {
      return answerProblem(c, result.refused);
    }
    return sseResponse({
      events: toSse(readEvents(result, last()), new EventMapper(origin, nowSeconds, result.isKept)),
      hangUp,
      timer: parts.timer,
      headers: headersOf(result),
    });
  };
}

const notKept = "store: the response was not kept, and cannot be continued or read by its id";

/** One text for each read from Bedrock; a failure becomes the stream's last event. */
async function* toSse(
  events: AsyncIterable<readonly ConverseStreamEvent[]>,
  mapper: EventMapper,
): AsyncGenerator<string> {
  let begun = false;
  const begin = () => {
    const first = begun ? [] : mapper.begin();
    begun = true;
    return first;
  };
  try {
    for await (const batch of events) {
      const text = written([...begin(), ...batch.flatMap((event) => mapper.map(event))]);
      if (text !== "") {
        yield text;
      }
    }
  } catch (error) {
    yield written([...begin(), ...mapper.fail(problemOfError(error))]);
  }
}

function written(events: readonly NumberedEvent[]): string {
  return events.map((event) => sseEvent(event, event.type)).join("");
}
