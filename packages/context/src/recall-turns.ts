/** Quotes older turns that matter for the question, which the window has no room for, before the question. */
import { blocksOf, type ChatMessage, elementsOf, membersOf } from "./converse.ts";
import { quoted } from "./quoted-text.ts";
import type { TokenCounter } from "./token-counter.ts";

/**
 * Finds what of a chat matters for a question: places in the history, within a budget of tokens, in any order. What stands
 * from `windowStart` on is sent anyway. `retrieveRelevant` does it; so does any search of the caller's.
 */
export type Retrieve = (question: string, budgetTokens: number, windowStart: number) => readonly number[];

export interface RecalledTurns {
  readonly text: string | undefined;
  readonly tokens: number;
  /** Places in the history of the quoted turns, in time order. */
  readonly places: readonly number[];
}

/**
 * Quotes stand before the question and not in their old place, so that what a cache holds stays as it was and no tool
 * call is parted from its result. Turns that the window keeps anyway, and turns without text, are not quoted; if the
 * rest is more than the budget, the newest are kept.
 */
export function recallTurns(
  history: readonly ChatMessage[],
  found: readonly number[],
  isInWindow: (place: number) => boolean,
  budgetTokens: number,
  counter: TokenCounter,
): RecalledTurns {
  const wanted = [...new Set(found)].sort((a, b) => a - b);
  const turns = wanted.flatMap((place) => {
    const message = history[place];
    const text = message && !isInWindow(place) ? quoteOf(message) : "";
    return text === "" ? [] : [{ place, text }];
  });
  let tokens = frameTokens(counter);
  let from = turns.length;
  while (from > 0) {
    const more = counter.text(`${turns[from - 1]?.text}\n${gap}\n`);
    if (tokens + more > budgetTokens) {
      break;
    }
    tokens += more;
    from--;
  }
  const kept = turns.slice(from);
  if (kept.length === 0) {
    return { text: undefined, tokens: 0, places: [] };
  }
  const text = around(
    kept
      .map(({ text: turn, place }, index) =>
        kept[index - 1]?.place === place - 1 ? turn : `${gap}\n${turn}`,
      )
      .join("\n"),
  );
  return { text, tokens: counter.text(text), places: kept.map(({ place }) => place) };
}

/** What quoting a message takes at most, in tokens; 0 for one without text. */
export function quoteTokens(message: ChatMessage, counter: TokenCounter): number {
  const text = quoteOf(message);
  return text === "" ? 0 : counter.text(`${text}\n${gap}\n`);
}

/** What quotes take together besides each one's own, in tokens. */
export function frameTokens(counter: TokenCounter): number {
  return counter.text(around(""));
}

function quoteOf(message: ChatMessage): string {
  const text = textOf(message);
  return text === "" ? "" : quoted("turn", { role: message.role }, text);
}

const gap = "[…]";

function around(turns: string): string {
  return `<earlier_turns>\n${turns}\n</earlier_turns>\n`;
}

/** What was said in a turn, results of tools included. */
export function textOf(message: ChatMessage): string {
  return blocksOf(message)
    .flatMap((block) => [block, ...elementsOf(membersOf(block.toolResult).content).map(membersOf)])
    .flatMap(({ text }) => (typeof text === "string" ? [text] : []))
    .join("\n");
}
