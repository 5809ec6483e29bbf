/** Quotes older turns that matter for the question, which the window has no room for, before the question. */
import { blocksOf, type ChatMessage, elementsOf, membersOf } from "./converse.ts";
import { quoted } from "./quoted-text.ts";
import type { TokenCounter } from "./token-counter.ts";

/** A turn that was found, with what it says, so that it can be quoted though the history that is fitted begins after it. */
export interface FoundTurn {
  /** Where it stands in the history; -1 is right before the history's first message. */
  readonly place: number;
  readonly role: string | undefined;
  readonly text: string;
  /** By which a report names it; by default the history's. */
  readonly id?: string | undefined;
}

/**
 * Finds what of a chat matters for a question, within a budget of tokens, in any order: turns, or places in the history. What
 * stands from `windowStart` on is sent anyway. `retrieveRelevant` does it; so does any search of the caller's.
 */
export type Retrieve = (
  question: string,
  budgetTokens: number,
  windowStart: number,
) => readonly (number | FoundTurn)[];

/** A turn that is quoted, with what its quote takes. */
export interface QuotedTurn {
  readonly place: number;
  readonly id: string | undefined;
  readonly tokens: number;
}

export interface RecalledTurns {
  readonly text: string | undefined;
  readonly tokens: number;
  /** In time order. */
  readonly turns: readonly QuotedTurn[];
}

/**
 * Quotes stand before the question and not in their old place, so that what a cache holds stays as it was and no tool
 * call is parted from its result. Turns that the window keeps anyway, and turns without text, are not quoted; if the
 * rest is more than the budget, the newest are kept.
 */
export function recallTurns(
  history: readonly ChatMessage[],
  found: readonly (number | FoundTurn)[],
  isInWindow: (place: number) => boolean,
  budgetTokens: number,
  counter: TokenCounter,
): RecalledTurns {
  const turns = inTimeOrder(history, found).flatMap(({ place, id, role, text }) => {
    const quote = isInWindow(place) ? "" : quoteOf({ role, text });
    return quote === "" ? [] : [{ place, id, quote, tokens: counter.text(`${quote}\n${gap}\n`) }];
  });
  let tokens = frameTokens(counter);
  let from = turns.length;
  while (from > 0) {
    const more = turns[from - 1]?.tokens ?? 0;
    if (tokens + more > budgetTokens) {
      break;
    }
    tokens += more;
    from--;
  }
  const kept = turns.slice(from);
  if (kept.length === 0) {
    return { text: undefined, tokens: 0, turns: [] };
  }
  const text = around(
    kept
      .map(({ quote, place }, index) => (kept[index - 1]?.place === place - 1 ? quote : `${gap}\n${quote}`))
      .join("\n"),
  );
  return {
    text,
    tokens: counter.text(text),
    turns: kept.map(({ place, id, tokens: taken }) => ({ place, id, tokens: taken })),
  };
}

/** Each place once. */
function inTimeOrder(
  history: readonly ChatMessage[],
  found: readonly (number | FoundTurn)[],
): readonly FoundTurn[] {
  const turns = new Map<number, FoundTurn>();
  for (const one of found) {
    if (typeof one !== "number") {
      turns.set(one.place, one);
      continue;
    }
    const message = history[one];
    if (message) {
      turns.set(one, { place: one, role: message.role, text: textOf(message) });
    }
  }
  return [...turns.values()].sort((a, b) => a.place - b.place);
}

/** What quoting a turn takes at most, in tokens; 0 for one without text. */
export function quoteTokens(turn: Said, counter: TokenCounter): number {
  const quote = quoteOf(turn);
  return quote === "" ? 0 : counter.text(`${quote}\n${gap}\n`);
}

/** What quotes take together besides each one's own, in tokens. */
export function frameTokens(counter: TokenCounter): number {
  return counter.text(around(""));
}

type Said = Pick<FoundTurn, "role" | "text">;

function quoteOf({ role, text }: Said): string {
  return text === "" ? "" : quoted("turn", { role }, text);
}

const gap = "[…]";

function around(turns: string): string {
  return `<earlier_turns>\n${turns}\n</earlier_turns>\n`;
}

/** What was said in a turn, with citations, to be guarded, or as a text, results of tools included. */
export function textOf(message: ChatMessage): string {
  return blocksOf(message)
    .flatMap((block) => [block, ...elementsOf(membersOf(block.toolResult).content).map(membersOf)])
    .flatMap(({ text, citationsContent, guardContent }) =>
      [text, citedText(citationsContent), membersOf(membersOf(guardContent).text).text].filter(
        (said) => typeof said === "string",
      ),
    )
    .join("\n");
}

function citedText(citationsContent: unknown): string | undefined {
  const texts = elementsOf(membersOf(citationsContent).content).map((part) => membersOf(part).text);
  return texts.length === 0 ? undefined : texts.filter((text) => typeof text === "string").join("");
}
