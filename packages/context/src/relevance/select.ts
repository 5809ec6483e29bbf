/** Selects the messages of a long conversation that matter for a question, within a budget of tokens. */
import { ConversationIndex, type IndexedMessage } from "./conversation-index.ts";
import { fillBudget } from "./fill-budget.ts";
import { addLikeness, type Vector } from "./likeness.ts";
import { type ConversationMessage, dayOfTimestamp, type Timestamp } from "./message.ts";
import { indexOf } from "./prepare.ts";
import { readQuestion } from "./question.ts";
import { rankOf } from "./rank.ts";
import { scoreMessages } from "./score.ts";

/** A text, or a text with the time at which it is asked. */
export type Question = string | { readonly text: string; readonly timestamp?: Timestamp | undefined };

export interface SelectOptions {
  /** The part of the budget that is held for the newest messages, 0 to 1. By default 0. */
  readonly recentShare?: number | undefined;
  /**
   * Only messages from one place, and before another, are kept: 0 is the oldest, and the others are in the prompt anyway.
   * Those still tell how rare a word is and what stands around a message. By default all may be kept.
   */
  readonly from?: number | undefined;
  readonly before?: number | undefined;
  /** What keeping a message costs, where that is not what the index has; asked only of messages that are considered. */
  readonly costOf?: ((message: IndexedMessage) => number) | undefined;
  /** When the question is asked, for "last week"; by default the question's own timestamp. The clock is never read. */
  readonly now?: Timestamp | undefined;
  /**
   * Embeddings, made by the caller (Titan, Cohere): of the question, and by id of any messages that have one. How
   * alike they are is added to what the words score.
   */
  readonly vectors?:
    | {
        readonly question: Vector;
        readonly messages: Pick<ReadonlyMap<string | number, Vector>, "get">;
      }
    | undefined;
  /** The same for an embedding function that answers at once; it is asked for every text at each call. */
  readonly embed?: ((text: string) => Vector) | undefined;
}

/**
 * The ids of the messages to keep, in time order, at most `tokenBudget` tokens together: all of them if they fit.
 *
 * `messages` are in time order, oldest first: an array, or what `prepare` made. An array is indexed on its first use;
 * the index is remembered with the array's first message, checked against the values that it was made of, and extended
 * when messages were appended, so that asking again costs a search only.
 *
 * Messages are ranked by BM25 over stemmed words, alike words and words near in meaning, the messages around, the session, who the
 * question names, the days it names, and the kind of answer it wants (`weights.ts` has each term and what it brings).
 * Words of any script are found; stems, meanings and dates in words are English, ISO dates and 年月日 are read everywhere.
 *
 * Promises: never over the budget; the same input gives the same ids; a larger budget keeps all that a smaller one
 * keeps (the price: the first message that does not fit ends the selection); the input is not changed; no clock, no
 * randomness, no I/O. A budget that is not above 0 keeps nothing that costs tokens. Without words to search by, the newest
 * are kept. Throws CaprockError (`invalid_request`) for a message without an id; of several that share one, each counts, and
 * is told, by itself.
 */
export function select<M extends ConversationMessage>(
  messages: readonly M[] | ConversationIndex,
  question: Question,
  tokenBudget: number,
  options: SelectOptions = {},
): M["id"][] {
  const index = messages instanceof ConversationIndex ? messages : indexOf(messages);
  const { text = "", timestamp } = typeof question === "string" ? { text: question } : (question ?? {});
  const read = readQuestion(text, index, dayOfTimestamp(options.now ?? timestamp));
  const scores = scoreMessages(index, read);
  const vectors = vectorsOf(index, text, options);
  const { costOf } = options;
  const candidates = {
    from: Math.max(0, options.from ?? 0),
    before: Math.min(options.before ?? Number.POSITIVE_INFINITY, index.messages.length),
  };
  const kept = fillBudget({
    ...candidates,
    tokensAt: (place) => {
      const message = index.messages[place];
      return costOf && message ? costOf(message) : (index.tokensOf[place] ?? 0);
    },
    ranked: rankOf(
      vectors ? addLikeness(index, scores, vectors.question, vectors.messages, candidates) : scores,
    ),
    tokenBudget,
    recentShare: Math.min(1, Math.max(0, options.recentShare ?? 0)),
  });
  return kept.flatMap((place) => index.messages[place]?.id ?? []);
}

function vectorsOf(
  index: ConversationIndex,
  question: string,
  { vectors, embed }: SelectOptions,
): { readonly question: Vector; readonly messages: (Vector | undefined)[] } | undefined {
  if (vectors) {
    return { question: vectors.question, messages: index.messages.map(({ id }) => vectors.messages.get(id)) };
  }
  if (embed) {
    return { question: embed(question), messages: index.messages.map(({ text }) => embed(text)) };
  }
  return undefined;
}
