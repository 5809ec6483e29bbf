/** Takes the documents that an open question brings out of the chat, and puts back what is sent of them. */
import { type ChatMessage, type ContentBlock, elementsOf, membersOf } from "./converse.ts";
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
    const known = byMessage.get(document.messagePlace);
    if (known) {
      known.push(document);
    } else {
      byMessage.set(document.messagePlace, [document]);
    }
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
  leftOut: new Set(),
  tokens: 0,
  kept: [],
  cut: [],
  duplicates: [],
  dropped: [],
  droppedTokens: 0,
  cutTokens: 0,
};

/** What stands in the result of a tool of which nothing else is left: Bedrock takes no empty one. */
const emptyResult: ContentBlock = { text: "[The search results were left out.]" };

function without<M extends ChatMessage>(message: M, documents: readonly QuestionDocument[] | undefined): M {
  if (!documents) {
    return message;
  }
  const { ofMessage, ofResults } = numbersOf(documents);
  const left = (parts: readonly ContentBlock[], numbers: ReadonlyMap<number, number>) =>
    parts.filter((_, place) => !numbers.has(place));
  const content = (message.content ?? []).map((block, place) => {
    const numbers = ofResults.get(place);
    return numbers ? withParts(block, (parts) => left(parts, numbers)) : block;
  });
  return { ...message, content: left(content, ofMessage) };
}

function withDocuments<M extends ChatMessage>(
  message: M,
  documents: readonly QuestionDocument[],
  blocks: PackedQuestion["blocks"],
): M {
  if (documents.length === 0) {
    return message;
  }
  const { ofMessage, ofResults } = numbersOf(documents);
  const content = (message.content ?? []).map((block, place) => {
    const numbers = ofResults.get(place);
    return numbers
      ? withParts(block, (parts) => together(isEmptyResult(parts) ? [] : parts, numbers, blocks))
      : block;
  });
  return { ...message, content: together(content, ofMessage, blocks) };
}

/** The numbers of documents by their places: in the message, and in the results of tools by theirs. */
function numbersOf(documents: readonly QuestionDocument[]) {
  const ofMessage = new Map<number, number>();
  const ofResults = new Map<number, Map<number, number>>();
  for (const { number, blockPlace, partPlace } of documents) {
    if (partPlace === undefined) {
      ofMessage.set(blockPlace, number);
    } else {
      ofResults.set(blockPlace, (ofResults.get(blockPlace) ?? new Map()).set(partPlace, number));
    }
  }
  return { ofMessage, ofResults };
}

function withParts(
  block: ContentBlock,
  change: (parts: readonly ContentBlock[]) => readonly ContentBlock[],
): ContentBlock {
  const result = membersOf(block.toolResult);
  const content = change(elementsOf(result.content).map(membersOf));
  return { ...block, toolResult: { ...result, content: content.length === 0 ? [emptyResult] : content } };
}

function isEmptyResult(parts: readonly ContentBlock[]): boolean {
  return parts.length === 1 && parts[0]?.text === emptyResult.text;
}

/** The others in their order, and what is sent of the documents at their places. */
function together(
  others: readonly ContentBlock[],
  numbers: ReadonlyMap<number, number>,
  blocks: PackedQuestion["blocks"],
): readonly ContentBlock[] {
  const all: ContentBlock[] = [];
  let next = 0;
  for (let place = 0; place < others.length + numbers.size; place++) {
    const number = numbers.get(place);
    const block = number === undefined ? others[next++] : blocks[number];
    all.push(...(block ? [block] : []));
  }
  return all;
}
