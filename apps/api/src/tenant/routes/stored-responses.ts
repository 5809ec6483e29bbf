/** GET and DELETE /v1/responses/{id}, and GET /v1/responses/{id}/input_items: responses as their sessions keep them. */
import { type Refusal, requestArrivalMs } from "@caprock/domain";
import { forgetMemory } from "@caprock/memory";
import type { LedgerEntry } from "@caprock/metering";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { actorIdOf } from "../begin-turn.ts";
import { identify } from "../identify.ts";
import { pageOfItems } from "../protocols/openai-responses/page-of-items.ts";
import { closedResponse, openResponse, responseId } from "../protocols/openai-responses/response.ts";
import { findResponse, type StoredResponse } from "../protocols/openai-responses/stored-response.ts";
import { toInputItems } from "../protocols/openai-responses/to-input-items.ts";
import { toOutput } from "../protocols/openai-responses/to-response.ts";
import { readerOf } from "../reader-of.ts";
import type { TenantParts } from "../tenant-parts.ts";

type Answer = (c: Context<RequestEnv>, stored: StoredResponse) => Promise<Response> | Response;

function onStored(parts: TenantParts, answer: Answer) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const found = await find(c, parts);
    return "refused" in found ? answerProblem(c, found.refused) : answer(c, found);
  };
}

async function find(c: Context<RequestEnv>, parts: TenantParts): Promise<StoredResponse | Refusal> {
  const identified = await identify(c, parts);
  return "refused" in identified
    ? identified
    : findResponse(
        readerOf(identified.caller, actorIdOf(c, identified.caller, undefined)),
        c.req.param("id") ?? "",
        parts.turn.sessions,
      );
}

/** What was asked beside the messages is not kept, so it reads as not asked; model and usage are the ledger's. */
export function readResponse(parts: TenantParts) {
  return onStored(parts, async (c, stored) => {
    if (c.req.query("stream") === "true") {
      return answerProblem(c, {
        code: "unsupported_parameter",
        message: "`stream` is not served of a stored response.",
        param: "stream",
      });
    }
    const [before] = await parts.turn.sessions.turnsBefore(stored, stored.sequence, 1);
    const entry = await parts.ledger.find(stored.tenantId, stored.turnId);
    return c.json(toStoredResponse(stored, before?.turnId, entry));
  });
}

export function deleteResponse(parts: TenantParts) {
  return onStored(parts, async (c, stored) => {
    await forgetMemory(stored.tenantId, { kind: "turn", ...stored }, parts.memory);
    return c.json({ id: responseId(stored.turnId), object: "response", deleted: true });
  });
}

export function listInputItems(parts: TenantParts) {
  return onStored(parts, (c, { messages, turnId }) => {
    const items = toInputItems(messages.slice(0, -1), turnId);
    const page = pageOfItems(items, new URL(c.req.url).searchParams);
    return "refused" in page ? answerProblem(c, page.refused) : c.json(page);
  });
}

function toStoredResponse(
  { turnId, atMs, messages }: StoredResponse,
  beforeId: string | undefined,
  entry: LedgerEntry | undefined,
) {
  const origin = {
    requestId: turnId,
    createdSeconds: Math.floor(requestArrivalMs(turnId) / 1000),
    request: {
      model: entry?.modelId ?? "",
      input: "",
      previous_response_id: beforeId === undefined ? null : responseId(beforeId),
    },
  };
  const output = toOutput(messages.at(-1)?.content ?? [], turnId);
  const completedSeconds = Math.floor(atMs / 1000);
  if (!entry) {
    return { ...openResponse(origin, output), status: "completed", completed_at: completedSeconds };
  }
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output: outputTokens } = entry.usage;
  return closedResponse(origin, output, {
    stopReason: "end_turn",
    usage: {
      inputTokens: input,
      outputTokens,
      cacheReadInputTokens: cacheRead,
      cacheWriteInputTokens: cacheWrite5m + cacheWrite1h,
    },
    completedSeconds,
    isKept: true,
  });
}
