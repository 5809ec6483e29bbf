/** Shortens the longest texts of messages that must be kept but are too long together. */
import { blocksOf, type ChatMessage, elementsOf, membersOf } from "./converse.ts";
import { cutMiddle, cutTextMarker } from "./cut-middle.ts";
import type { TokenCounter } from "./token-counter.ts";

/** What stands for a tool result's JSON that was left out: half a JSON would be read as a whole one. */
export const omittedJsonMarker =
  "[This JSON result was left out because it does not fit the model's context window.]";

/** A text shortened to fewer tokens than this says too little to be worth a call. */
const leastTextTokens = 64;

type Members = Readonly<Record<string, unknown>>;

/** Replaces a piece that costs more than the limit; returns the same block when it may stay. */
type Shorten = (block: Members) => Members;

/** What the pieces that may be shortened cost, and what all else does. */
export interface ShortenPlan {
  /** The most tokens that a single text or JSON may keep. */
  readonly limitTokens: number;
  /** The fewest tokens that these messages can be brought down to. */
  readonly leastTokens: number;
}

/**
 * The largest limit for every text and JSON that brings the messages within `budgetTokens`: short pieces stay
 * whole and the long ones share what is left evenly. No limit fits when `budgetTokens` is under `leastTokens`.
 */
export function planShortening(
  messages: readonly ChatMessage[],
  budgetTokens: number,
  counter: TokenCounter,
): ShortenPlan {
  const floor = Math.max(leastTextTokens, counter.text(cutTextMarker), counter.text(omittedJsonMarker));
  const costs = messages
    .filter(mayShorten)
    .flatMap((message) => blocksOf(message).flatMap((block) => pieceCosts(block, counter)))
    .filter((tokens) => tokens > floor)
    .sort((a, b) => a - b);
  const whole = messages.reduce((sum, message) => sum + counter.message(message), 0);
  const fixed = whole - costs.reduce((sum, tokens) => sum + tokens, 0);

  let left = budgetTokens - fixed;
  let sharers = costs.length;
  for (const tokens of costs) {
    if (tokens * sharers > left) {
      break;
    }
    left -= tokens;
    sharers--;
  }
  const limitTokens = sharers === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / sharers);
  return { limitTokens, leastTokens: fixed + floor * costs.length };
}

/** The messages with every text and JSON brought down to `limitTokens`; those that need no change are the same objects. */
export function shortenMessages<M extends ChatMessage>(
  messages: readonly M[],
  limitTokens: number,
  counter: TokenCounter,
): M[] {
  const shorten: Shorten = (block) => shortenBlock(block, limitTokens, counter);
  return messages.map((message) => {
    if (!mayShorten(message)) {
      return message;
    }
    const blocks = blocksOf(message);
    const shorter = blocks.map(shorten);
    return shorter.every((block, index) => block === blocks[index])
      ? message
      : { ...message, content: shorter };
  });
}

/** System messages are never cut. */
function mayShorten(message: ChatMessage): boolean {
  const { role } = membersOf(message);
  return role === "user" || role === "assistant";
}

function pieceCosts(block: Members, counter: TokenCounter): number[] {
  const own = typeof block.text === "string" ? [counter.text(block.text)] : [];
  const results = elementsOf(membersOf(block.toolResult).content).map(membersOf);
  return own.concat(results.flatMap((result) => resultCosts(result, counter)));
}

function resultCosts(result: Members, counter: TokenCounter): number[] {
  const text = typeof result.text === "string" ? [counter.text(result.text)] : [];
  return result.json === undefined ? text : [...text, counter.json(result.json)];
}

function shortenBlock(block: Members, limitTokens: number, counter: TokenCounter): Members {
  const shorter = shortenText(block, limitTokens, counter);
  if (block.toolResult === undefined) {
    return shorter;
  }
  const toolResult = membersOf(block.toolResult);
  const results = elementsOf(toolResult.content).map(membersOf);
  const content = results.map((result) => shortenResult(result, limitTokens, counter));
  return content.every((result, index) => result === results[index])
    ? shorter
    : { ...shorter, toolResult: { ...toolResult, content } };
}

function shortenResult(result: Members, limitTokens: number, counter: TokenCounter): Members {
  if (result.json !== undefined && counter.json(result.json) > limitTokens) {
    const { json: _json, ...rest } = result;
    return { ...rest, text: omittedJsonMarker };
  }
  return shortenText(result, limitTokens, counter);
}

function shortenText(block: Members, limitTokens: number, counter: TokenCounter): Members {
  if (typeof block.text !== "string") {
    return block;
  }
  const text = cutMiddle(block.text, limitTokens, counter);
  return text === block.text ? block : { ...block, text };
}
