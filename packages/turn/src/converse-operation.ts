/** Converse and ConverseStream as a turn's operation: the prompt is fitted into the window, the answer's limit stated. */

import { type ChatVectors, textOf } from "@caprock/context";
import { CaprockError, type ContextStrategy, type Model, type Refusal } from "@caprock/domain";
import { type ConverseFrame, type JsonObject, reportedServiceTier, reportedUsage } from "@caprock/inference";
import type { TurnMessage } from "@caprock/memory";
import { metadataKeys, type UnitCounts, unitsText } from "@caprock/metering";
import { AnswerMessage } from "./answer-message.ts";
import { assembleContext, maxOutputTokensOf } from "./assemble-context.ts";
import { CallerCitations } from "./caller-citations.ts";
import { checkRequest } from "./check-request.ts";
import type { ConverseBody } from "./converse-body.ts";
import { type GuardedConverse, guardOf } from "./guarded-converse.ts";
import { putHistory } from "./history/put-history.ts";
import { withoutSearchResults } from "./history/search-results.ts";
import type { Doubt, Operation, PlannedCall, PlanOptions, Sending, Told } from "./operation.ts";
import { isOpenEnded } from "./output-slices.ts";
import type { SearchableHistory } from "./search/searchable-history.ts";

export interface ConverseOperation extends Operation<JsonObject, ConverseFrame> {
  readonly body: ConverseBody;
}

export interface ConverseOptions {
  /**
   * Whether search results are sent as text to a model that takes none. Bedrock's own wire leaves it to Bedrock to refuse them,
   * unless the context policy has documents packed.
   */
  readonly writesSearchResults?: boolean;
}

/** The answer is Bedrock's Converse response, or its frames as they come. */
export function converse(body: ConverseBody, options: ConverseOptions = {}): ConverseOperation {
  const { content = [] } = body.messages.findLast(({ role }) => role === "user") ?? {};
  const question = textOf({
    role: "user",
    content: content.filter(({ toolResult }) => toolResult === undefined),
  });
  return { body, portable: true, question, plan: (model, how) => plan(body, model, how, options) };
}

function plan(
  asked: ConverseBody,
  model: Model,
  how: PlanOptions,
  options: ConverseOptions,
): PlannedCall<JsonObject, ConverseFrame> | Refusal {
  const { streamed, history = [] } = how;
  const streamedAnswer = new AnswerMessage();
  let wholeAnswer: TurnMessage | undefined;
  const maxOutputTokens = maxOutputTokensOf(asked, model, streamed, how);
  const wrong = checkRequest(asked, model, { streamed, maxOutputTokens });
  if (wrong) {
    return wrong;
  }
  const own = ownMessages(asked, model, how, options);
  const said = putHistory(history, { ...asked, messages: own }, model);
  if ("refused" in said) {
    return said;
  }
  const body: ConverseBody = { ...asked, ...said };
  const assembled = assembleContext(body, model, {
    maxOutputTokens,
    tokenCorrection: how.tokenCorrection,
    measures: how.measures,
    policy: { ...how.contextPolicy, strategy: strategyOf(how) },
    turnIds: how.historyIds && [...how.historyIds, ...asked.messages.map((_, index) => `new/${index}`)],
    summary: how.summary,
    memories: how.memories,
    preferences: how.preferences,
    earlierTurns: how.earlierTurns,
    search: how.search,
    askedAtMs: how.askedAtMs,
  });
  if ("refused" in assembled) {
    return assembled;
  }
  const { body: sent, inputTokensCeiling, report, leavesOut, cutFrom, leftOut } = assembled;
  const guard = guardOf(sent);
  // Its own messages as they are behind the history, where documents may have other names.
  const citations = new CallerCitations(said.messages.slice(history.length), sent.messages, cutFrom);
  return {
    serviceTier: sent.serviceTier?.type ?? "default",
    bounds: {
      inputTokensCeiling,
      maxOutputTokens,
      openEnded: isOpenEnded(body, streamed),
      showsAllOutput: true,
      hourCache: asksForHourCache(sent),
      units: guard?.mostUnits(maxOutputTokens, streamed) ?? {},
    },
    promptTokens: report.promptTokens,
    context: report,
    ...(leavesOut && !how.search && { searchable: asked.messages }),
    ...(leavesOut &&
      how.search &&
      wantsLikeness(how) && { searchAgain: searchedBy(asked, model, how, how.search, options) }),
    calibrates: hasMedia(sent)
      ? undefined
      : { estimatedTokens: report.promptTokens, correction: how.tokenCorrection },
    countable: sent,
    conversation: {
      said: saidIn(asked).map((message) => withoutLeftOut(message, leftOut)),
      answered: () => (streamed ? streamedAnswer.message : wholeAnswer),
    },
    async send(sending) {
      const told = await send(sent, guard, sending);
      const answer = citations.shown(told);
      wholeAnswer = (answer.output as { message?: TurnMessage } | undefined)?.message;
      return answer;
    },
    async stream(sending) {
      const { bedrock, invokeId, signal } = sending;
      const asked = bodyToSend(sent, guard, sending);
      const frames = await bedrock.converseStream({ invokeId, body: asked, signal });
      const doubt: Doubt = {
        hasBegun: true,
        promptTokens: report.promptTokens,
        ...(guard && { units: guard.promptUnits }),
      };
      sending.told.inDoubt(doubt);
      return {
        headers: {},
        frames,
        alwaysTells: true,
        shown: (batch) => citations.shownFrames(guard?.shownFrames(batch) ?? batch),
        read(batch, told) {
          read(batch, guard, doubt, told);
          if (how.history) {
            streamedAnswer.hear(batch);
          }
        },
      };
    },
  };
}

/** What a session keeps of a request: what its user, and perhaps its assistant, say in it. */
export function saidIn({ messages }: Pick<ConverseBody, "messages">): readonly TurnMessage[] {
  return messages.flatMap(({ role, content }) => (role === "system" ? [] : [{ role, content }]));
}

/** What the model was not shown its answer says nothing of. */
function withoutLeftOut({ role, content }: TurnMessage, leftOut: ReadonlySet<unknown>): TurnMessage {
  return { role, content: content.filter(({ searchResult }) => !leftOut.has(searchResult)) };
}

/** Only what a session keeps is embedded. */
function wantsLikeness({ contextPolicy, historyIds, search }: PlanOptions): boolean {
  return contextPolicy.embeddingModel !== undefined && historyIds !== undefined && !search?.vectors;
}

function searchedBy(
  asked: ConverseBody,
  model: Model,
  how: PlanOptions,
  search: SearchableHistory,
  options: ConverseOptions,
) {
  return (vectors: ChatVectors) => plan(asked, model, { ...how, search: { ...search, vectors } }, options);
}

/** As the model takes them; a session keeps them as they were sent. */
function ownMessages(
  { messages }: ConverseBody,
  { supports }: Model,
  { contextPolicy: { documentsShare } }: PlanOptions,
  { writesSearchResults = false }: ConverseOptions,
): ConverseBody["messages"] {
  const packs = documentsShare !== undefined;
  return supports.searchResults || !(writesSearchResults || packs)
    ? messages
    : withoutSearchResults(messages, { butQuestion: packs });
}

/** What a session remembers is worth searching; a caller that sends its chat whole has chosen what matters. */
function strategyOf({ contextPolicy: { strategy }, history = [] }: PlanOptions): ContextStrategy {
  if (history.length > 0) {
    return strategy ?? "relevance";
  }
  return strategy === "relevance" ? strategy : "window";
}

async function send(
  body: ConverseBody,
  guard: GuardedConverse | undefined,
  sending: Sending,
): Promise<JsonObject> {
  const { bedrock, invokeId, signal, told } = sending;
  const answer = await bedrock.converse({ invokeId, body: bodyToSend(body, guard, sending), signal });
  const usage = reportedUsage(answer.body);
  if (!usage) {
    throw new CaprockError({ code: "upstream_failed", message: "Bedrock's answer tells no usage. Retry." });
  }
  told.used({ usage, units: unitsOf(guard, answer.body), serviceTier: reportedServiceTier(answer.body) });
  return guard?.shown(answer.body) ?? answer.body;
}

/** A guardrail that does not tell is taken to have looked at all of the prompt, under every policy. */
function unitsOf(guard: GuardedConverse | undefined, answer: JsonObject): UnitCounts | undefined {
  return guard && (guard.unitsOf(answer) ?? guard.promptUnits);
}

/** Media count as the most that they can be, which tells nothing of how the model's tokens differ. */
function hasMedia({ messages }: ConverseBody): boolean {
  const isMedia = (block: unknown): boolean => {
    const { image, document, video, audio, toolResult } = (block ?? {}) as Record<string, unknown>;
    const { content } = (toolResult ?? {}) as { content?: unknown };
    return (
      [image, document, video, audio].some((media) => media !== undefined) ||
      (Array.isArray(content) && content.some(isMedia))
    );
  };
  return messages.some(({ content }) => content.some(isMedia));
}

/** The log tells tokens alone: what a guardrail is billed for the prompt stands in the metadata. */
function bodyToSend(
  body: ConverseBody,
  guard: GuardedConverse | undefined,
  { metadata }: Sending,
): ConverseBody {
  const units = guard && { [metadataKeys.units]: unitsText(guard.promptUnits) };
  const requestMetadata = { ...body.requestMetadata, ...metadata, ...units };
  return { ...(guard?.traced(body) ?? body), requestMetadata };
}

function read(
  frames: readonly ConverseFrame[],
  guard: GuardedConverse | undefined,
  doubt: Doubt,
  told: Told,
): void {
  for (const { type, event } of frames) {
    if (type === "contentBlockDelta") {
      const text = deltaText(event.delta);
      told.generated(text, Buffer.byteLength(text));
    } else if (type === "metadata") {
      const usage = reportedUsage(event);
      if (usage) {
        told.used({ usage, units: unitsOf(guard, event), serviceTier: reportedServiceTier(event) }, doubt);
      }
    }
  }
}

/** The text of a delta, whichever kind it is: answer, reasoning, or a tool's input. */
function deltaText(delta: unknown): string {
  const { text, toolUse, reasoningContent } = (delta ?? {}) as {
    text?: unknown;
    toolUse?: { input?: unknown };
    reasoningContent?: { text?: unknown };
  };
  const found = text ?? toolUse?.input ?? reasoningContent?.text;
  return typeof found === "string" ? found : "";
}

/** Whether anything in the request asks for the dearer cache lifetime of one hour, in Bedrock's form or a vendor's. */
function asksForHourCache({
  messages,
  system = [],
  toolConfig,
  additionalModelRequestFields,
}: ConverseBody): boolean {
  if (JSON.stringify(additionalModelRequestFields ?? {}).includes('"1h"')) {
    return true;
  }
  const blocks = [...system, ...(toolConfig?.tools ?? []), ...messages.flatMap(({ content }) => content)];
  return blocks.some(({ cachePoint }) => (cachePoint as { ttl?: unknown } | undefined)?.ttl === "1h");
}
