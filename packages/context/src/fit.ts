/** Fits everything a prompt is made of into a model's window: what is kept, what is left out, and why. */
import { type Refusal, refusal } from "@caprock/domain";
import { shareBudget } from "./budget.ts";
import { type CachePointOptions, withCachePoints } from "./cache-points.ts";
import { checkFit } from "./check-options.ts";
import { type ChatMessage, type ContentBlock, contentOf, type ToolConfig } from "./converse.ts";
import { readExtras } from "./fit-extras.ts";
import { fitHistory, type HistoryOptions, historyChanges, wantedTokens } from "./fit-history.ts";
import type { FitInput } from "./fit-input.ts";
import { type FitReport, fatesOf, type SharedPart } from "./fit-report.ts";
import type { ModelLimits } from "./model-limits.ts";
import type { RankPassages } from "./pack-documents.ts";
import type { DocumentForm } from "./question-documents.ts";
import { takeDocuments } from "./take-documents.ts";
import { createTokenCounter, type TokenCounter } from "./token-counter.ts";
import { type MeasuredChat, measureChat, type Window } from "./window.ts";

export interface FitOptions extends Omit<HistoryOptions, "counter"> {
  readonly model: ModelLimits;
  /** What the answer may take of the window. */
  readonly reserveOutputTokens: number;
  /** By default the built-in estimate, with the model's factor. */
  readonly counter?: TokenCounter | undefined;
  /**
   * What each part may take of the room that system prompt, tools and open question leave, while others want theirs:
   * 0 to 1, see `defaultShares`. History has what the others do not; what one leaves, the next takes.
   */
  readonly shares?: Partial<Shares> | undefined;
  /**
   * Orders passages of documents by the question. By default those of `documents` go by their document's score, and those that the
   * question brings by its words.
   */
  readonly rankPassages?: RankPassages | undefined;
  /**
   * Takes search results, and documents that come in pieces, of the open question and of the newest results of tools as documents, and how
   * search results are sent: those for which their share has no room are left out, the others stay where they stand. By default they
   * are of their message, and never left out.
   */
  readonly questionDocuments?: DocumentForm | undefined;
  /** Set cache points, where the model takes them and the caller has set none. */
  readonly cachePoints?: CachePointOptions | undefined;
}

export type Shares = Readonly<Record<Exclude<SharedPart, "history">, number>>;

export const defaultShares: Shares = { preferences: 0.1, memories: 0.15, documents: 0.35, summary: 0.15 };

export interface Fitted<
  M extends ChatMessage,
  S extends ContentBlock = ContentBlock,
  T extends ToolConfig = ToolConfig,
> {
  readonly system: S[] | undefined;
  readonly toolConfig: T | undefined;
  readonly messages: M[];
  /** Of each search result and document that was cut the one that came in, so that an answer's citations can be followed to it. */
  readonly cutFrom: ReadonlyMap<unknown, unknown>;
  /** The search results and documents of the question that are not sent. */
  readonly leftOut: ReadonlySet<unknown>;
  readonly report: FitReport;
}

/**
 * Chooses what to send. System prompt, tools, open question and pinned parts come first; preferences, summary,
 * memories, documents and history share the rest. Of a history that is too long, old tool results are cleared (if
 * asked), then the oldest exchanges dropped whole, then the oldest rounds of tool calls of the open exchange, then the
 * middles of the longest texts cut. Preferences and summary stand behind the system prompt; memories, documents and
 * recalled turns before the open question, so that the prefix stays as it was.
 *
 * Promises, for a chat that Bedrock would accept: what is sent is within the window by the same counter and is
 * again a valid chat (first a plain user turn, roles alternate, every tool use answered in the next message);
 * order is kept; the very array comes back when all fits and nothing is added; the input is not changed; a larger
 * window keeps no less; fitting again changes nothing; each message is counted once. A chat that breaks Bedrock's rules
 * is left for Bedrock to refuse. Returns a `context_too_long` refusal when even the least does not fit; throws CaprockError
 * (`invalid_request`) for options that are no numbers, which would let everything pass.
 */
export function fit<
  M extends ChatMessage,
  S extends ContentBlock = { text: string },
  T extends ToolConfig = never,
>(input: FitInput<M, S, T>, options: FitOptions): Fitted<M, S, T> | Refusal {
  checkFit(input, options);
  const { model, reserveOutputTokens } = options;
  const counter = options.counter ?? createTokenCounter({ factor: model.tokenizerFactor });
  const taken = takeDocuments(
    input.question ? [...input.history, input.question] : input.history,
    options.questionDocuments,
    counter,
    options.rankPassages,
  );
  const chat = measureChat(taken.chat, counter);
  const system = counter.system(input.system);
  const tools = counter.tools(input.toolConfig);
  const room = model.contextWindowTokens - reserveOutputTokens - system - tools;
  const inSystem = model.supports?.system !== false;
  const extras = readExtras(input, taken, { counter, inSystem, rank: options.rankPassages });
  const spare = room - chat.openTokens - extras.pinnedTokens;

  const { earlierTurns = 0 } = input;
  const older = chat.totalTokens - chat.openTokens;
  const others = extras.demands.reduce((sum, { demandTokens }) => sum + demandTokens, 0);
  const shares = { ...defaultShares, ...options.shares };
  // A summary is wanted only for a history that does not fit without it.
  const wantedSummary = older + others > spare || earlierTurns > 0 ? extras.summaryTokens : 0;
  const claims = [
    ...extras.demands.map(({ part, demandTokens }) => ({ demandTokens, share: shares[part] })),
    { demandTokens: wantedSummary, share: shares.summary },
  ].map(({ demandTokens, share }) => ({ demandTokens, share: demandTokens === 0 ? 0 : share }));
  const historyShare = Math.max(0, 1 - claims.reduce((sum, { share }) => sum + share, 0));
  const [preferences = 0, memories = 0, documents = 0, summary = 0, history = 0] = shareBudget(spare, [
    ...claims,
    { demandTokens: wantedTokens(older, earlierTurns, options.recall), share: historyShare },
  ]);
  const packed = extras.pack({
    preferences,
    memories,
    documents,
    summary: wantedSummary === 0 ? "history_fits" : summary < wantedSummary ? "over_share" : "sent",
  });
  // By grants, not by what packing left over: the history's room must not shrink when the window grows.
  const most = room - extras.pinnedTokens;
  const budget = {
    mostTokens: Math.min(most, chat.openTokens + history),
    steadyTokens: Math.min(most, chat.openTokens + Math.floor(spare * historyShare)),
    earlierTurns,
  };
  const fitted = fitHistory(chat, budget, { ...options, counter });
  if ("leastTokens" in fitted) {
    return tooLong({ system, tools, pinned: extras.pinnedTokens, newest: fitted.leastTokens }, options);
  }
  const { window, recalled } = fitted;
  const { cutFrom, leftOut } = packed.question;
  const sent = {
    system:
      packed.systemBlocks.length === 0 ? input.system : [...(input.system ?? []), ...packed.systemBlocks],
    toolConfig: input.toolConfig,
    messages: withQuotes(chat, { ...window, messages: taken.putBack(window, packed.question.blocks) }, [
      ...packed.questionBlocks,
      ...(recalled.text === undefined ? [] : [{ text: recalled.text }]),
    ]),
  };
  const report: FitReport = {
    tokens: {
      system,
      tools,
      ...packed.tokens,
      recalled: recalled.tokens,
      messages: window.tokens,
      reservedOutput: reserveOutputTokens,
    },
    promptTokens:
      system + tools + packed.systemTokens + packed.questionTokens + recalled.tokens + window.tokens,
    droppedMessages: chat.messages.length - window.places.length,
    earlierTurns,
    unsearchedTurns: fitted.unsearchedTurns,
    droppedTokens: chat.totalTokens - window.tokens,
    cutMessages: window.cut.length,
    cachePoints: 0,
    questionDocuments: taken.count === 0 ? undefined : fatesOf(packed.question),
    changes: [...packed.changes, ...historyChanges(chat, input, fitted, packed.tokens.summary > 0)],
  };
  if (!options.cachePoints) {
    return typed({ ...sent, cutFrom, leftOut, report });
  }
  const measured = {
    toolsTokens: tools,
    systemTokens: system + packed.systemTokens,
    stepTokens: options.stepTokens ?? Math.floor(room / 8),
    ends: roundEnds(chat, window),
  };
  const { cachePoints, ...pointed } = withCachePoints(sent, measured, model.promptCache, options.cachePoints);
  return typed({ ...pointed, cutFrom, leftOut, report: { ...report, cachePoints } });
}

/** What is added are texts and cache points in Converse's form, which whoever types blocks of it has too. */
function typed<M extends ChatMessage, S extends ContentBlock, T extends ToolConfig>(
  fitted: Omit<Fitted<M>, "system"> & { readonly system: readonly ContentBlock[] | undefined },
): Fitted<M, S, T> {
  return fitted as Fitted<M, S, T>;
}

/** The messages with what was retrieved before the open question's own words. */
function withQuotes<M extends ChatMessage>(
  { open }: MeasuredChat<M>,
  { messages, places }: Window<M>,
  quotes: readonly ContentBlock[],
): M[] {
  if (quotes.length === 0) {
    return messages;
  }
  return messages.map((message, index) =>
    places[index] === open.start
      ? { ...message, content: [...quotes, ...contentOf(message.content)] }
      : message,
  );
}

/** Where an exchange, or a round of tool calls of the open one, ends and another begins. */
function roundEnds<M extends ChatMessage>(
  { before, exchanges, rounds }: MeasuredChat<M>,
  { places }: Window<M>,
) {
  const begins = new Set([...exchanges, ...rounds.slice(1)]);
  const from = before[places[0] ?? 0] ?? 0;
  return places.flatMap((place, index) => {
    const chatTokens = before[place + 1] ?? 0;
    return begins.has(place + 1) ? [{ index, chatTokens, keptTokens: chatTokens - from }] : [];
  });
}

function tooLong(
  least: { system: number; tools: number; pinned: number; newest: number },
  { model, reserveOutputTokens }: FitOptions,
): Refusal {
  const windowTokens = model.contextWindowTokens;
  const leastTokens = least.system + least.tools + least.pinned + least.newest + reserveOutputTokens;
  const pinned = least.pinned === 0 ? "" : `pinned parts ${least.pinned}, `;
  return refusal({
    code: "context_too_long",
    message:
      `The call needs at least ${leastTokens} tokens (system prompt ${least.system}, tools ${least.tools}, ${pinned}` +
      `newest messages ${least.newest}, answer ${reserveOutputTokens}), and the model's window has ${windowTokens}.`,
    param: "messages",
    details: { leastTokens, windowTokens },
  });
}
