/** Takes the documents that an open question brings out of the chat, and puts back what is sent of them. */
import type { ChatMessage, ContentBlock } from "./converse.ts";
import { callStarts, exchangeStarts } from "./exchanges.ts";
import type { RankPassages } from "./pack-documents.ts";
import { type PackedQuestion, type QuestionPacker, questionPacker } from "./pack-question-documents.ts";
import { type DocumentForm, type QuestionDocument, questionDocuments } from "./question-documents.ts";
import { textOf } from "./recall-turns.ts";
import { rankByQuestion } from "./relevance/rank-passages.ts";
import type { TokenCounter } from "./token-counter.ts";
import type { Window } from "./window.ts";

export interface TakenDocuments<M extends ChatMessage> extends QuestionPacker {
  /** The chat without them; the very array where there are none. */
  readonly chat: M[];
  /** How many there are. */
  readonly count: number;
  /** The window's messages with what is sent of the documents, each where it stood; the very array where nothing was changed. */
  putBack(window: Pick<Window<M>, "messages" | "places">, blocks: PackedQuestion["blocks"]): M[];
}

/** By default passages are ranked by the words of the question. Without a form nothing is taken. */
export function takeDocuments<M extends ChatMessage>(
  messages: M[],
  form: DocumentForm | undefined,
  counter: TokenCounter,
  rank?: RankPassages | undefined,
): TakenDocuments<M> {
  const from = exchangeStarts(messages).at(-1) ?? 0;
  const to = callStarts(messages, from)[0] ?? messages.length;
  const documents = form ? questionDocuments(messages, { from, to }, form) : [];
  if (form === undefined || documents.length === 0) {
    return {
      chat: messages,
      count: 0,
      demandTokens: 0,
      pack: () => nothing,
      putBack: (window) => window.messages,
    };
  }
  const byMessage = new Map<number, QuestionDocument[]>();
  for (const document of documents) {
    byMessage.set(document.messagePlace, [...(byMessage.get(document.messagePlace) ?? []), document]);
  }
  const chat = messages.map((message, place) => without(message, byMessage.get(place)));
  const question = chat.slice(from, to).map(textOf).join("\n");
  return {
    ...questionPacker(documents, form, counter, rank ?? rankByQuestion(question)),
    chat,
    count: documents.length,
    putBack(window, blocks) {
      const isWhole = documents.every(({ number, original }) => blocks[number] === original);
      const sent = window.messages.map((message, index) => {
        const place = window.places[index] ?? 0;
        const original = messages[place];
        return isWhole && original && message === chat[place]
          ? original
          : withDocuments(message, byMessage.get(place) ?? [], blocks);
      });
      const isUnchanged =
        sent.length === messages.length && sent.every((one, place) => one === messages[place]);
      return isUnchanged ? messages : sent;
    },
  };
}

const nothing: PackedQuestion = {
  blocks: [],
  cutFrom: new Map(),
  tokens: 0,
  kept: [],
  cut: [],
  duplicates: [],
  dropped: [],
  droppedTokens: 0,
  cutTokens: 0,
};

function without<M extends ChatMessage>(message: M, documents: readonly QuestionDocument[] | undefined): M {
  if (!documents) {
    return message;
  }
  const taken = new Set(documents.map(({ blockPlace }) => blockPlace));
  return { ...message, content: (message.content ?? []).filter((_, place) => !taken.has(place)) };
}

function withDocuments<M extends ChatMessage>(
  message: M,
  documents: readonly QuestionDocument[],
  blocks: PackedQuestion["blocks"],
): M {
  if (documents.length === 0) {
    return message;
  }
  const others = [...(message.content ?? [])];
  const numberAt = new Map(documents.map(({ blockPlace, number }) => [blockPlace, number]));
  const content: ContentBlock[] = [];
  for (let place = 0; place < documents.length + (message.content ?? []).length; place++) {
    const number = numberAt.get(place);
    const block = number === undefined ? others.shift() : blocks[number];
    content.push(...(block ? [block] : []));
  }
  return { ...message, content };
}
