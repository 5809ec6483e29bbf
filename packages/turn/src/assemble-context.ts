/** Fits what the caller sent into the model's window, and bounds what it can count as. */
import {
  type ChatMessage,
  createTokenCounter,
  defaultShares,
  type FitReport,
  type Fitted,
  fit,
  type Recall,
  type Retrieve,
  retrieveRelevant,
  tokenCeiling,
} from "@caprock/context";
import { type ContextPolicy, type Model, type Refusal, refusal } from "@caprock/domain";
import { recallShareOf } from "./context-policy-of.ts";
import type { ConverseBody } from "./converse-body.ts";
import type { PlanOptions } from "./operation.ts";
import { isOpenEnded } from "./output-slices.ts";

type OutputLimits = Pick<
  PlanOptions,
  "contextPolicy" | "defaultMaxOutputTokens" | "openStreamMaxOutputTokens"
>;

export interface AssembledContext {
  /** The body to send: messages fitted, the answer's limit stated. */
  readonly body: ConverseBody;
  /** No model counts the prompt as more than this. */
  readonly inputTokensCeiling: number;
  readonly maxOutputTokens: number;
  /** Of each search result and document that was cut the one that the caller sent. */
  readonly cutFrom: Fitted<ChatMessage>["cutFrom"];
  /** The search results and documents that the caller sent and the model does not get. */
  readonly leftOut: Fitted<ChatMessage>["leftOut"];
  /** How the prompt was fitted, in Caprock's own estimate of tokens. */
  readonly report: FitReport;
  /** Whether older turns were left out that a search may find. */
  readonly leavesOut: boolean;
}

/**
 * Leaves out what the policy says if the prompt and the answer's room exceed the window. Refuses with
 * `context_too_long` when even the least does not fit, and with `invalid_request` when the caller wants a
 * longer answer than the model can give.
 */
export function assembleContext(
  body: ConverseBody,
  model: Model,
  {
    maxOutputTokens,
    tokenCorrection,
    measures,
    policy,
    turnIds,
    summary,
    memories,
    preferences,
    earlierTurns,
    search,
    askedAtMs,
  }: {
    readonly maxOutputTokens: number;
    readonly policy: ContextPolicy;
    /** Of all messages, where a session keeps them. */
    readonly turnIds?: readonly string[] | undefined;
  } & Pick<
    PlanOptions,
    | "tokenCorrection"
    | "measures"
    | "summary"
    | "memories"
    | "preferences"
    | "earlierTurns"
    | "search"
    | "askedAtMs"
  >,
): AssembledContext | Refusal {
  const asked = body.inferenceConfig?.maxTokens;
  if (asked !== undefined && asked > model.maxOutputTokens) {
    return refusal({
      code: "invalid_request",
      message: `"${model.id}" answers with at most ${model.maxOutputTokens} tokens, but ${asked} were asked for.`,
      param: "max_tokens",
    });
  }
  const { system, toolConfig, messages: history } = body;
  const { windowTokens = model.contextWindowTokens, keepToolResults } = policy;
  const { summaryShare, memoriesShare, documentsShare } = policy;
  const counter = createTokenCounter({ factor: model.tokenizerFactor * tokenCorrection, measures });
  let leavesOut = false;
  const found = search && retrieveRelevant(search.parts, counter, askedAtMs, search.vectors);
  const retrieve: Retrieve = (...asked) => {
    leavesOut = true;
    return found?.(...asked) ?? [];
  };
  const recall: Recall = {
    retrieve,
    share: recallShareOf(policy),
    ...(policy.recallShare === undefined ? {} : { mostTokens: Number.POSITIVE_INFINITY }),
    unsearchedTurns: search?.unsearchedTurns,
  };
  const fitted = fit(
    { system, toolConfig, preferences, memories, history, turnIds, summary, earlierTurns },
    {
      model: { ...model, contextWindowTokens: Math.min(windowTokens, model.contextWindowTokens) },
      counter,
      reserveOutputTokens: maxOutputTokens,
      ...(policy.strategy === "window" ? {} : { recall }),
      shares: {
        summary: summaryShare ?? defaultShares.summary,
        memories: memoriesShare ?? defaultShares.memories,
        documents: documentsShare ?? defaultShares.documents,
      },
      ...(documentsShare === undefined
        ? {}
        : { questionDocuments: model.supports.searchResults ? ("blocks" as const) : ("text" as const) }),
      ...(policy.cachePoints ? { cachePoints: {} } : {}),
      ...(keepToolResults === undefined ? {} : { clearToolResults: { keep: keepToolResults } }),
    },
  );
  if ("refused" in fitted) {
    const refused = windowTokens < model.contextWindowTokens ? dueToPolicy(fitted, windowTokens) : fitted;
    return withRemedy(refused, history, documentsShare);
  }
  const { messages, report, cutFrom, leftOut } = fitted;
  const sent: ConverseBody = {
    ...body,
    ...(fitted.system === system ? {} : { system: fitted.system }),
    ...(fitted.toolConfig === toolConfig ? {} : { toolConfig: fitted.toolConfig }),
    messages,
    inferenceConfig: { ...body.inferenceConfig, maxTokens: maxOutputTokens },
  };
  // A policy's window is kept by estimates; the model's own is what bounds the bill.
  const most = model.contextWindowTokens;
  return {
    body: sent,
    // Bedrock refuses, and does not bill, a prompt above the window.
    inputTokensCeiling: Math.min(tokenCeiling(sent, { windowTokens: most }), most),
    maxOutputTokens,
    cutFrom,
    leftOut,
    report,
    leavesOut,
  };
}

/** A window that nobody sees in a model's documentation is named with where it comes from. */
function dueToPolicy({ refused }: Refusal, windowTokens: number): Refusal {
  const { message } = refused;
  const why = `That is the context policy's windowTokens of ${windowTokens}; the model itself takes more.`;
  return refusal({ ...refused, message: `${message} ${why}` });
}

/** Who sends more search results than fit is told how to have some of them left out. */
function withRemedy(
  call: Refusal,
  history: ConverseBody["messages"],
  documentsShare: number | undefined,
): Refusal {
  const { content = [] } = history.findLast(({ role }) => role === "user") ?? {};
  const results = content.filter(({ searchResult }) => searchResult !== undefined).length;
  if (results === 0 || (documentsShare !== undefined && results < content.length)) {
    return call;
  }
  const remedy =
    documentsShare === undefined
      ? `The question brings ${results} search results: where the context policy names a documentsShare, those that do not fit are left out.`
      : "The newest message has nothing but search results, of which none is left out: say in it what is asked.";
  return refusal({ ...call.refused, message: `${call.refused.message} ${remedy}` });
}

/** Of a window that a policy sets, so that an unnamed maximum does not take the room of the chat. */
const shareOfAnswer = 0.25;

/** The limit of the answer: the caller's, or the deployment's where the caller names none. */
export function maxOutputTokensOf(
  body: ConverseBody,
  model: Model,
  streamed: boolean,
  { contextPolicy, defaultMaxOutputTokens, openStreamMaxOutputTokens }: OutputLimits,
): number {
  const unasked = isOpenEnded(body, streamed) ? openStreamMaxOutputTokens : defaultMaxOutputTokens;
  const { windowTokens = Number.POSITIVE_INFINITY } = contextPolicy;
  const most = Math.min(model.maxOutputTokens, Math.floor(windowTokens * shareOfAnswer));
  return body.inferenceConfig?.maxTokens ?? Math.min(unasked, most);
}

/** Caprock's estimate of a text's tokens for a model. */
export function countTokens(text: string, model: Model): number {
  return createTokenCounter({ factor: model.tokenizerFactor }).text(text);
}
