/** Fits a chat into a model's window: what is kept, what is cut, and how much of each. */
import { type Refusal, refusal } from "@caprock/domain";
import type { ChatMessage, ConversePrompt } from "./converse.ts";
import { callStarts, exchangeStarts } from "./exchanges.ts";
import { planShortening, shortenMessages } from "./shorten.ts";
import type { TokenCounter } from "./token-counter.ts";
import { roundestFrom } from "./token-grid.ts";

export interface FitOptions {
  /** The model's window: prompt and answer together. */
  readonly windowTokens: number;
  /** What the answer may take of it. */
  readonly reserveOutputTokens: number;
  readonly counter: TokenCounter;
  /**
   * How many tokens more than needed may be dropped at once, so that the kept prefix, and with it a prompt cache,
   * lasts for several turns. By default a quarter of what the messages may take.
   */
  readonly stepTokens?: number;
}

/** Where the window goes, by the counter that was used. */
export interface FitReport {
  readonly tokens: {
    readonly system: number;
    readonly tools: number;
    readonly messages: number;
    readonly reservedOutput: number;
  };
  readonly droppedMessages: number;
  /** What the chat has more than what is sent, by whole messages and by cuts within one. */
  readonly droppedTokens: number;
  /** Messages that are sent with a part left out, which a marker tells the model. */
  readonly cutMessages: number;
}

export interface Fitted<M extends ChatMessage> {
  readonly messages: M[];
  readonly report: FitReport;
}

/**
 * Chooses the messages to send. Drops the oldest exchanges whole; then, inside the open exchange, the oldest
 * rounds of tool calls with their results; then the middles of the longest texts. System prompt and tools are
 * never touched, the open question and the newest round of tool calls never dropped.
 *
 * Promises, for a chat that Bedrock would accept: what is sent is within the window by the same counter and is
 * again a valid chat (first a plain user turn, roles alternate, every tool use answered in the next message);
 * order is kept; the very array comes back when all fits; the input is not changed; a larger window keeps no
 * less; fitting again changes nothing; each message is counted once. A chat that breaks Bedrock's rules is left
 * for Bedrock to refuse. Returns a `context_too_long` refusal when even the least does not fit.
 */
export function fit<M extends ChatMessage>(
  prompt: ConversePrompt<M>,
  options: FitOptions,
): Fitted<M> | Refusal {
  const { counter } = options;
  const { messages } = prompt;
  const system = counter.system(prompt.system);
  const tools = counter.tools(prompt.toolConfig);
  const budget = options.windowTokens - options.reserveOutputTokens - system - tools;
  const before = tokensBefore(messages, counter);
  const total = before[messages.length] ?? 0;

  const report = (kept: readonly M[], keptTokens: number, cutMessages: number): FitReport => ({
    tokens: { system, tools, messages: keptTokens, reservedOutput: options.reserveOutputTokens },
    droppedMessages: messages.length - kept.length,
    droppedTokens: total - keptTokens,
    cutMessages,
  });
  if (total <= budget) {
    return { messages, report: report(messages, total, 0) };
  }

  const slack = options.stepTokens ?? Math.max(0, Math.floor(budget / 4));
  const kept = newestThatFit(messages, before, total - budget, slack);
  const keptTokens = kept.reduce((sum, message) => sum + counter.message(message), 0);
  if (keptTokens <= budget) {
    return { messages: kept, report: report(kept, keptTokens, 0) };
  }

  const plan = planShortening(kept, budget, counter);
  if (budget < plan.leastTokens) {
    return tooLong({ system, tools, question: plan.leastTokens }, options);
  }
  const shorter = shortenMessages(kept, plan.limitTokens, counter);
  const shorterTokens = shorter.reduce((sum, message) => sum + counter.message(message), 0);
  const cutMessages = shorter.filter((message, index) => message !== kept[index]).length;
  return { messages: shorter, report: report(shorter, shorterTokens, cutMessages) };
}

/** At index i the tokens of all messages before i; the last element is the sum of all. */
function tokensBefore(messages: readonly ChatMessage[], counter: TokenCounter): readonly number[] {
  const before = [0];
  let sum = 0;
  for (const message of messages) {
    sum += counter.message(message);
    before.push(sum);
  }
  return before;
}

/**
 * The newest exchanges after at least `excess` tokens of older ones; if the open exchange is too long itself, its
 * head and its newest rounds of tool calls; if even that is too long, its head and the last round.
 */
function newestThatFit<M extends ChatMessage>(
  messages: readonly M[],
  before: readonly number[],
  excess: number,
  slack: number,
): M[] {
  const at = (index: number): number => before[index] ?? 0;
  const starts = exchangeStarts(messages);
  const open = starts.at(-1) ?? 0;
  if (at(open) >= excess) {
    return messages.slice(firstFrom(starts, at, roundestFrom(excess, slack)));
  }
  const rounds = callStarts(messages, open);
  const headEnd = rounds[0] ?? messages.length;
  const excessWithHead = excess + at(headEnd) - at(open);
  const round = firstFrom(rounds, at, roundestFrom(excessWithHead, slack)) ?? headEnd;
  return [...messages.slice(open, headEnd), ...messages.slice(round)];
}

/** The first place with at least `target` tokens before it, or the last place if none has. */
function firstFrom(
  places: readonly number[],
  tokensAt: (index: number) => number,
  target: number,
): number | undefined {
  return places.find((place) => tokensAt(place) >= target) ?? places.at(-1);
}

function tooLong(least: { system: number; tools: number; question: number }, options: FitOptions): Refusal {
  const { windowTokens, reserveOutputTokens } = options;
  const leastTokens = least.system + least.tools + least.question + reserveOutputTokens;
  return refusal({
    code: "context_too_long",
    message:
      `The call needs at least ${leastTokens} tokens (system prompt ${least.system}, tools ${least.tools}, ` +
      `newest messages ${least.question}, answer ${reserveOutputTokens}), and the model's window has ${windowTokens}.`,
    param: "messages",
    details: { leastTokens, windowTokens },
  });
}
