/** Fits the chat itself: clears old tool results, slides the window, and quotes older turns that matter. */
import { type ClearToolResults, clearToolResults } from "./clear-tool-results.ts";
import type { ChatMessage } from "./converse.ts";
import type { FitInput } from "./fit-input.ts";
import type { Change } from "./fit-report.ts";
import { type RecalledTurns, type Retrieve, recallTurns, textOf } from "./recall-turns.ts";
import { coveredTurns } from "./summarise/covered-turns.ts";
import type { TokenCounter } from "./token-counter.ts";
import { type MeasuredChat, measureChat, type Window, windowOf } from "./window.ts";

export interface HistoryOptions {
  readonly counter: TokenCounter;
  readonly stepTokens?: number | undefined;
  readonly recall?: Recall | undefined;
  readonly clearToolResults?: ClearToolResults | undefined;
}

export interface Recall {
  readonly retrieve: Retrieve;
  /** What quotes may take of what the chat takes besides its open question, 0 to 1; by default 0.5. */
  readonly share?: number | undefined;
  /** What quotes may take at most; by default 8,000. */
  readonly mostTokens?: number | undefined;
  /** How many older turns `retrieve` does not know, for the report. */
  readonly unsearchedTurns?: number | undefined;
}

export interface FittedHistory<M extends ChatMessage> {
  readonly window: Window<M>;
  readonly recalled: RecalledTurns;
  /** Places of the messages whose tool results were cleared. */
  readonly cleared: readonly number[];
  /** Older turns that were wanted and not searched. */
  readonly unsearchedTurns: number;
}

const defaultRecallShare = 0.5;
/** With so many, nearly all evidence is found (`relevance/recall.test.ts`); no cache helps with more, and each turn would pay for them. */
const defaultQuotedTokens = 8_000;
const nothingRecalled: RecalledTurns = { text: undefined, tokens: 0, turns: [] };

/**
 * What a chat wants besides its open question. One that goes back further than the history that is fitted wants quotes too, in
 * the same proportion to what is sent as when its window is full.
 */
export function wantedTokens(olderTokens: number, earlierTurns: number, recall: Recall | undefined): number {
  const { share, mostTokens } = quotesOf(recall);
  if (earlierTurns === 0 || share === 0) {
    return olderTokens;
  }
  const inProportion = share < 1 ? Math.ceil((olderTokens * share) / (1 - share)) : mostTokens;
  return olderTokens + Math.min(mostTokens, inProportion);
}

function quotesOf(recall: Recall | undefined): Required<Pick<Recall, "mostTokens">> & { share: number } {
  return {
    share: recall ? (recall.share ?? defaultRecallShare) : 0,
    mostTokens: recall?.mostTokens ?? defaultQuotedTokens,
  };
}

/** What the chat may take. */
export interface HistoryBudget {
  readonly mostTokens: number;
  /** The part of it that is the chat's whatever the other parts take, which differs from turn to turn. */
  readonly steadyTokens: number;
  readonly earlierTurns: number;
}

/** By default at least three quarters of the steady budget stay filled when the cut moves. */
const filledShare = 0.75;

/** Window and quotes together take at most `mostTokens`; tells the least when that does not fit. */
export function fitHistory<M extends ChatMessage>(
  whole: MeasuredChat<M>,
  { mostTokens: budgetTokens, steadyTokens, earlierTurns }: HistoryBudget,
  options: HistoryOptions,
): FittedHistory<M> | { readonly leastTokens: number } {
  const { counter, recall } = options;
  const quotes = quotesOf(recall);
  const quoteTokens = (tokens: number, openTokens: number): number =>
    Math.min(quotes.mostTokens, Math.floor(Math.max(0, tokens - openTokens) * quotes.share));
  const earlierTokens = earlierTurns > 0 ? quoteTokens(budgetTokens, whole.openTokens) : 0;
  const fits = whole.totalTokens <= budgetTokens - earlierTokens;
  const chat =
    fits || !options.clearToolResults
      ? whole
      : measureChat(clearToolResults(whole.messages, options.clearToolResults), counter);
  const cleared = [...whole.messages.keys()].filter(
    (place) => chat.messages[place] !== whole.messages[place],
  );

  const recallPart = (tokens: number): number =>
    chat.totalTokens > budgetTokens || earlierTurns > 0 ? quoteTokens(tokens, chat.openTokens) : 0;
  const recallTokens = recallPart(budgetTokens);
  const windowTokens = budgetTokens - recallTokens;
  const steadyWindow = steadyTokens - recallPart(steadyTokens);
  // The far end of the slack must not move with the other parts, or the cut would.
  const slack = options.stepTokens ?? Math.max(0, windowTokens - Math.floor(steadyWindow * filledShare));
  const window = windowOf(chat, windowTokens, slack, counter);
  if ("leastTokens" in window || !recall || recallTokens === 0) {
    return "leastTokens" in window
      ? window
      : { window, recalled: nothingRecalled, cleared, unsearchedTurns: 0 };
  }
  const kept = new Set(window.places);
  const question = whole.messages.slice(chat.open.start, chat.open.headEnd).map(textOf).join("\n");
  const found = recall.retrieve(question, recallTokens, window.places[0] ?? 0);
  const recalled = recallTurns(whole.messages, found, (place) => kept.has(place), recallTokens, counter);
  return { window, recalled, cleared, unsearchedTurns: recall.unsearchedTurns ?? 0 };
}

/** What became of the messages that are not sent as they came in. */
export function historyChanges<M extends ChatMessage>(
  chat: MeasuredChat<M>,
  { turnIds, summary }: Pick<FitInput<M>, "turnIds" | "summary">,
  { window, recalled, cleared }: FittedHistory<M>,
  summaryIsSent: boolean,
): readonly Change[] {
  const kept = new Set(window.places);
  const quotedPlaces = new Set(recalled.turns.map(({ place }) => place));
  const covered = summaryIsSent ? coveredTurns(summary, turnIds) : 0;
  const missing = [...chat.messages.keys()].filter((place) => !kept.has(place) && !quotedPlaces.has(place));
  const idAt = (place: number): string => turnIds?.[place] ?? String(place);
  const tokensAt = (place: number): number => (chat.before[place + 1] ?? 0) - (chat.before[place] ?? 0);
  const change = (action: Change["action"], reason: Change["reason"], places: readonly number[]): Change[] =>
    changeOf(
      action,
      reason,
      places.map((place) => ({ id: idAt(place), tokens: tokensAt(place) })),
    );
  return [
    ...changeOf(
      "recalled",
      "relevant",
      recalled.turns.map(({ place, id = idAt(place), tokens }) => ({
        id,
        tokens: place < 0 ? tokens : tokensAt(place),
      })),
    ),
    ...change(
      "summarised",
      "older_than_window",
      missing.filter((place) => place < covered),
    ),
    ...change(
      "dropped",
      "older_than_window",
      missing.filter((place) => place >= covered),
    ),
    ...change(
      "cleared",
      "old_tool_result",
      cleared.filter((place) => kept.has(place)),
    ),
    ...change("cut", "longer_than_window", window.cut),
  ];
}

function changeOf(
  action: Change["action"],
  reason: Change["reason"],
  messages: readonly { readonly id: string; readonly tokens: number }[],
): Change[] {
  return messages.length === 0
    ? []
    : [
        {
          part: "history",
          action,
          reason,
          ids: messages.map(({ id }) => id),
          tokens: messages.reduce((sum, { tokens }) => sum + tokens, 0),
        },
      ];
}
