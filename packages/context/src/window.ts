/** The sliding window over a chat: the newest exchanges that fit, shortened if even the open one is too long. */
import type { ChatMessage } from "./converse.ts";
import { callStarts, exchangeStarts } from "./exchanges.ts";
import { planShortening, shortenMessages } from "./shorten.ts";
import type { TokenCounter } from "./token-counter.ts";
import { roundestFrom } from "./token-grid.ts";

/** A chat that was read once: where its exchanges begin, and how many tokens stand before each place. */
export interface MeasuredChat<M extends ChatMessage> {
  readonly messages: M[];
  /** At index i the tokens of all messages before i; the last element is the sum of all. */
  readonly before: readonly number[];
  readonly totalTokens: number;
  readonly exchanges: readonly number[];
  /** Where the open exchange begins, where its first tool call stands (or the end), and its newest one (or the end). */
  readonly open: { readonly start: number; readonly headEnd: number; readonly lastRound: number };
  readonly rounds: readonly number[];
  /** The open question with its newest round of tool calls, uncut: what is never dropped. */
  readonly openTokens: number;
}

export interface Window<M extends ChatMessage> {
  readonly messages: M[];
  /** Places in the chat of the messages, cut or not. */
  readonly places: readonly number[];
  readonly tokens: number;
  /** The places of those that were shortened. */
  readonly cut: readonly number[];
}

/** Counts each message once and finds the places where the chat may be cut. */
export function measureChat<M extends ChatMessage>(messages: M[], counter: TokenCounter): MeasuredChat<M> {
  const before = [0];
  let totalTokens = 0;
  for (const message of messages) {
    totalTokens += counter.message(message);
    before.push(totalTokens);
  }
  const exchanges = exchangeStarts(messages);
  const start = exchanges.at(-1) ?? 0;
  const rounds = callStarts(messages, start);
  const headEnd = rounds[0] ?? messages.length;
  const lastRound = rounds.at(-1) ?? messages.length;
  const at = (index: number): number => before[index] ?? 0;
  const openTokens = at(headEnd) - at(start) + totalTokens - at(lastRound);
  return {
    messages,
    before,
    totalTokens,
    exchanges,
    open: { start, headEnd, lastRound },
    rounds,
    openTokens,
  };
}

/**
 * The part of a chat to send within `budgetTokens`: drops the oldest exchanges whole, then the oldest rounds of tool
 * calls inside the open one, then the middles of the longest texts. `slackTokens` more than needed may go at once, so
 * that the cut stays where it is for several turns. When even the least does not fit, tells how much that is.
 */
export function windowOf<M extends ChatMessage>(
  chat: MeasuredChat<M>,
  budgetTokens: number,
  slackTokens: number,
  counter: TokenCounter,
): Window<M> | { readonly leastTokens: number } {
  const { messages, totalTokens } = chat;
  if (totalTokens <= budgetTokens) {
    return { messages, places: [...messages.keys()], tokens: totalTokens, cut: [] };
  }
  const places = placesThatFit(chat, totalTokens - budgetTokens, slackTokens);
  const kept = places.flatMap((place) => messages[place] ?? []);
  const tokens = sumOf(kept, counter);
  if (tokens <= budgetTokens) {
    return { messages: kept, places, tokens, cut: [] };
  }
  const { limitTokens, leastTokens } = planShortening(kept, budgetTokens, counter);
  if (budgetTokens < leastTokens) {
    return { leastTokens };
  }
  const shorter = shortenMessages(kept, limitTokens, counter);
  const cut = places.filter((_, index) => shorter[index] !== kept[index]);
  return { messages: shorter, places, tokens: sumOf(shorter, counter), cut };
}

function sumOf(messages: readonly ChatMessage[], counter: TokenCounter): number {
  return messages.reduce((sum, message) => sum + counter.message(message), 0);
}

/**
 * The newest exchanges after at least `excess` tokens of older ones; if the open exchange is too long itself, its
 * head and its newest rounds of tool calls; if even that is too long, its head and the last round.
 */
function placesThatFit(chat: MeasuredChat<ChatMessage>, excess: number, slack: number): number[] {
  const at = (index: number): number => chat.before[index] ?? 0;
  const { start, headEnd } = chat.open;
  const end = chat.messages.length;
  if (at(start) >= excess) {
    return range(firstFrom(chat.exchanges, at, roundestFrom(excess, slack)) ?? start, end);
  }
  const excessWithHead = excess + at(headEnd) - at(start);
  const round = firstFrom(chat.rounds, at, roundestFrom(excessWithHead, slack)) ?? headEnd;
  return [...range(start, headEnd), ...range(round, end)];
}

/** The first place with at least `target` tokens before it, or the last place if none has. */
function firstFrom(
  places: readonly number[],
  tokensAt: (index: number) => number,
  target: number,
): number | undefined {
  return places.find((place) => tokensAt(place) >= target) ?? places.at(-1);
}

function range(from: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
}
