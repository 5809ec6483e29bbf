/** Reads a question: its words, the people and days that it names, and the kind of answer it wants. */
import type { ConversationIndex } from "./conversation-index.ts";
import { type DayRange, daysIn, yearOf } from "./dates.ts";
import { isStopWord } from "./stop-words.ts";
import { wordsOf } from "./words.ts";

export interface ReadQuestion {
  /** The words that carry meaning, in search form, each once; all words when none does. Of a pasted text, its rarest. */
  readonly words: readonly string[];
  /** Whose messages are asked for, by the index's numbers. */
  readonly speakers: ReadonlySet<number>;
  /** None of a pasted text that names ever so many. */
  readonly days: readonly DayRange[];
  readonly wants: "time" | "number" | "other";
}

const time =
  /\b(?:when|what (?:date|day|year|month|time)|which (?:date|day|year|month)|how (?:long|recently))\b/i;
const number = /\bhow (?:many|much|old|often|far|tall|big|large)\b|\b(?:number|amount|price|cost|age)\b/i;
const ofAssistant = /\byour?\b/i;
const requestOfAssistant = /^(?:can|could|would|will) you\b/i;
const ofUser = /\b(?:i|my|me|mine)\b/i;

/** More are a pasted text. It is found by its rarest words as well, and each word costs a look at all words of the conversation. */
const mostWords = 40;
/** The same of days, each of which is compared with those of all messages. */
const mostDays = 40;

/** `askedOnDay` (days since 1970-01-01) is what "last week" in it is taken from. */
export function readQuestion(
  text: string,
  index: ConversationIndex,
  askedOnDay: number | undefined,
): ReadQuestion {
  const all = [...new Set(wordsOf(text))];
  const named = speakersNamed(all, index);
  const meaningful = all.filter((word) => !isStopWord(word) && !named.words.has(word));
  return {
    words: rarest(meaningful.length > 0 ? meaningful : all, index),
    speakers: named.speakers.size > 0 ? named.speakers : sideOfAssistantChat(text, index),
    days: daysNamed(text, index, askedOnDay),
    wants: time.test(text) ? "time" : number.test(text) ? "number" : "other",
  };
}

/** In their order. Words that the conversation does not have come last: at most others stand for them. */
function rarest(words: readonly string[], index: ConversationIndex): readonly string[] {
  if (words.length <= mostWords) {
    return words;
  }
  const places = (word: string): number => {
    const number = index.wordNumber(word);
    return number === undefined ? Number.POSITIVE_INFINITY : (index.postings[number]?.length ?? 0);
  };
  const kept = new Set(
    words
      .map((word) => ({ word, places: places(word) }))
      .sort((a, b) => (a.places === b.places ? 0 : a.places - b.places))
      .slice(0, mostWords)
      .map(({ word }) => word),
  );
  return words.filter((word) => kept.has(word));
}

function daysNamed(
  text: string,
  index: ConversationIndex,
  askedOnDay: number | undefined,
): readonly DayRange[] {
  const days = daysIn(text, askedOnDay, yearsOf(index));
  return days.length > mostDays ? [] : days;
}

/** A speaker's name is no word to search by: it is the other who says it most, in addressing them. */
function speakersNamed(
  words: readonly string[],
  index: ConversationIndex,
): { readonly speakers: ReadonlySet<number>; readonly words: ReadonlySet<string> } {
  const speakers = new Set<number>();
  const nameWords = new Set<string>();
  index.speakers.forEach((name, speaker) => {
    const own = wordsOf(name);
    // A character of a name is in other words too.
    const whole = own.some((word) => word.length > 1) ? own.filter((word) => word.length > 1) : own;
    if (whole.some((word) => words.includes(word) && !isStopWord(word))) {
      speakers.add(speaker);
      for (const word of own) {
        nameWords.add(word);
      }
    }
  });
  return { speakers, words: nameWords };
}

/** In a chat with an assistant, "you" asks for what the assistant said, "I" and "my" for what the user said. */
function sideOfAssistantChat(text: string, index: ConversationIndex): ReadonlySet<number> {
  const user = index.speakers.indexOf("user");
  const assistant = index.speakers.indexOf("assistant");
  if (user >= 0 && assistant >= 0) {
    if (ofAssistant.test(text) && !requestOfAssistant.test(text)) {
      return new Set([assistant]);
    }
    if (ofUser.test(text)) {
      return new Set([user]);
    }
  }
  return new Set();
}

/** At most 50: a wrong timestamp must not make a list of thousands. */
function yearsOf(index: ConversationIndex): number[] {
  if (index.firstDay > index.lastDay) {
    return [];
  }
  const last = yearOf(index.lastDay);
  const first = Math.max(yearOf(index.firstDay), last - 49);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
