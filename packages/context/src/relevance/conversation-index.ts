/** The search index of one conversation: takes messages one by one, as they come, and never looks back at their text. */
import { createTokenCounter } from "../token-counter.ts";
import { type DayRange, daysIn, yearOf } from "./dates.ts";
import { type ConversationMessage, checkMessage, dayOfTimestamp } from "./message.ts";
import { Numbering } from "./numbering.ts";
import { passagesOf } from "./passages.ts";
import { rowsNear, vectorRow } from "./word-vectors.ts";
import { gramsOf, wordsOf } from "./words.ts";

/** What is kept of a message. Speaker, session and passages are places in the index's lists. */
export interface IndexedMessage {
  readonly id: string | number;
  readonly text: string;
  readonly speaker: number;
  readonly session: number;
  readonly tokens: number;
  /** Days since 1970-01-01, if the message has a time. */
  readonly day: number | undefined;
  /** What it says of days, "yesterday" taken from its own. */
  readonly namedDays: readonly DayRange[];
  readonly firstPassage: number;
  readonly lastPassage: number;
  readonly asks: boolean;
  readonly hasNumber: boolean;
  readonly hasTime: boolean;
}

const counter = createTokenCounter({ factor: 1 });
/** What frames a message besides its text: role, name and separators. */
const framingTokens = 5;
/**
 * What an index takes in memory, beside two bytes for each character: measured on 5,000 to 50,000 messages of chat as 0.9 to 1.4 kB a
 * message, and estimated on the high side.
 */
const bytesOfMessage = 500;
const bytesOfWord = 400;
const bytesOfPosting = 24;
const bytesOfTextByte = 10;

/** About what an index of so many messages takes in memory, before it is made. `textBytes` is all their texts in UTF-8. */
export function estimateIndexBytes(messages: number, textBytes: number): number {
  return messages * bytesOfMessage + textBytes * bytesOfTextByte;
}

/** A text is about the days that it names at its beginning; what is longer is a file. */
const datedCharacters = 20_000;
const asks = /[?？]\s*$/;
const time =
  /\b(?:yesterday|today|tonight|tomorrow|ago|last|next|since|until|morning|evening|night|week(?:end)?s?|months?|years?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|november|december|\d{4}|\d+ ?[ap]m)\b/i;
const number =
  /\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|hundred|thousand|once|twice|couple|few|several|half)\b/i;

/** Made by `prepare`. Grows by `add`; everything else is for the search. */
export class ConversationIndex {
  readonly messages: IndexedMessage[] = [];
  /** Each message's session and tokens once more, for loops over all messages. */
  readonly sessionOf: number[] = [];
  readonly tokensOf: number[] = [];
  /** For each word the passages it occurs in and how often there, alternating, in order. */
  readonly postings: number[][] = [];
  readonly passageMessage: number[] = [];
  /** In words. */
  readonly passageLength: number[] = [];
  readonly passageWords: Int32Array[] = [];
  /** In words. */
  readonly sessionLength: number[] = [];
  totalLength = 0;
  /** About what it takes in memory. */
  bytes = 0;
  firstDay = Number.POSITIVE_INFINITY;
  lastDay = Number.NEGATIVE_INFINITY;
  readonly #words = new Numbering();
  readonly #sessions = new Numbering();
  readonly #speakers = new Numbering();
  readonly #wordsWithGram = new Map<string, number[]>();
  readonly #gramCount: number[] = [];
  /** The words that have a vector, and its row in the table. */
  readonly #wordsWithVector: number[] = [];
  readonly #vectorRows: number[] = [];

  /** Speakers by name, or by role where a message has no name, in order of appearance. */
  get speakers(): readonly string[] {
    return this.#speakers.names;
  }

  /** Adds the next message in time. Takes time by the message's length, not the conversation's. */
  add(message: ConversationMessage): void {
    for (const _ of this.adding(message)) {
      // All steps at once.
    }
  }

  /**
   * Adds the next message in steps, each of which tells how many characters it took: for who must let others have the event loop
   * in between. Until the last step is done, the index is not to be searched.
   */
  *adding(message: ConversationMessage): Generator<number, void> {
    checkMessage(message, this.messages.length);
    const text = typeof message.text === "string" ? message.text : "";
    const day = dayOfTimestamp(message.timestamp);
    if (day !== undefined) {
      this.firstDay = Math.min(this.firstDay, day);
      this.lastDay = Math.max(this.lastDay, day);
    }
    const session = this.#sessions.of(
      (message.session ?? undefined) === undefined ? `day ${day}` : `session ${message.session}`,
    );
    const firstPassage = this.passageMessage.length;
    for (const passage of passagesOf(text)) {
      this.#addPassage(wordsOf(passage), session);
      yield passage.length;
    }
    const { tokens: given } = message;
    const tokens = typeof given === "number" && given >= 0 ? given : framingTokens + counter.text(text);
    this.bytes += bytesOfMessage + 2 * text.length;
    this.sessionOf.push(session);
    this.tokensOf.push(tokens);
    this.messages.push({
      id: message.id,
      text,
      speaker: this.#speakers.of(message.speaker ?? message.role ?? ""),
      session,
      tokens,
      day,
      namedDays: day === undefined ? [] : daysIn(text.slice(0, datedCharacters), day, [yearOf(day)]),
      firstPassage,
      lastPassage: this.passageMessage.length - 1,
      asks: asks.test(text),
      hasNumber: number.test(text),
      hasTime: time.test(text),
    });
  }

  wordNumber(word: string): number | undefined {
    return this.#words.find(word);
  }

  /** The words that share 4-grams with `word`, by their numbers, with the share in common (Dice): 1 is all. */
  wordsLike(word: string): ReadonlyMap<number, number> {
    const grams = gramsOf(word);
    const shared = new Map<number, number>();
    for (const gram of grams) {
      for (const other of this.#wordsWithGram.get(gram) ?? []) {
        shared.set(other, (shared.get(other) ?? 0) + 1);
      }
    }
    for (const [other, count] of shared) {
      shared.set(other, (2 * count) / (grams.length + (this.#gramCount[other] ?? 0)));
    }
    return shared;
  }

  /** The words that are near `word` in meaning, by their numbers, with their cosines of at least `least`. */
  wordsNear(word: string, least: number): [word: number, cosine: number][] {
    const row = vectorRow(word);
    const near = row === undefined ? [] : rowsNear(row, this.#vectorRows, least);
    return near.map(([place, cosine]) => [this.#wordsWithVector[place] ?? 0, cosine]);
  }

  #addPassage(words: readonly string[], session: number): void {
    const passage = this.passageMessage.length;
    const distinct: number[] = [];
    for (const word of words) {
      const list = this.#postingsOf(word);
      if (list.postings.at(-2) === passage) {
        list.postings.push((list.postings.pop() ?? 0) + 1);
      } else {
        list.postings.push(passage, 1);
        distinct.push(list.number);
      }
    }
    this.passageMessage.push(this.messages.length);
    this.passageLength.push(words.length);
    this.bytes += bytesOfPosting * distinct.length;
    this.passageWords.push(Int32Array.from(distinct));
    this.sessionLength[session] = (this.sessionLength[session] ?? 0) + words.length;
    this.totalLength += words.length;
  }

  #postingsOf(word: string): { number: number; postings: number[] } {
    const number = this.#words.of(word);
    const known = this.postings[number];
    if (known) {
      return { number, postings: known };
    }
    const postings: number[] = [];
    this.postings.push(postings);
    this.bytes += bytesOfWord;
    const row = vectorRow(word);
    if (row !== undefined) {
      this.#wordsWithVector.push(number);
      this.#vectorRows.push(row);
    }
    const grams = gramsOf(word);
    this.#gramCount.push(grams.length);
    for (const gram of grams) {
      const words = this.#wordsWithGram.get(gram);
      if (words) {
        words.push(number);
      } else {
        this.#wordsWithGram.set(gram, [number]);
      }
    }
    return { number, postings };
  }
}
