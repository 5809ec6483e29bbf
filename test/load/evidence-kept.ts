/** How much of the turns that answer questions each way of choosing turns keeps, at several budgets. */
import { type ConversationMessage, prepare, select } from "@caprock/context";
import { type EvaluationConversation, questionKinds } from "@caprock/context/testing/evaluation";
import { evidenceRecall, type LongConversation } from "@caprock/context/testing/long-conversation";
import type MiniSearch from "minisearch";
import { bm25Neighbours } from "./bm25-neighbours.ts";
import { miniSearchOf } from "./mini-search.ts";
import { printTable } from "./print-table.ts";

type Id = string | number;
type Keep = (conversation: LongConversation, question: string, budget: number) => readonly Id[];

const budgets = [500, 1_000, 2_000, 4_000, 8_000];

interface Searchable {
  readonly tokensOf: ReadonlyMap<Id, number>;
  readonly newest: readonly Id[];
  readonly miniSearch: MiniSearch;
  readonly bm25: (question: string) => readonly Id[];
  readonly index: ReturnType<typeof prepare>;
}

function searchable(messages: readonly ConversationMessage[]): Searchable {
  const index = prepare(messages);
  return {
    index,
    tokensOf: new Map(index.messages.map(({ id, tokens }) => [id, tokens])),
    newest: index.messages.map(({ id }) => id).reverse(),
    miniSearch: miniSearchOf(messages),
    bm25: bm25Neighbours(messages),
  };
}

/** Fills by rank until the first that does not fit, as `select` does. */
function fill(ranked: readonly Id[], tokensOf: ReadonlyMap<Id, number>, budget: number): readonly Id[] {
  let left = budget;
  const end = ranked.findIndex((id) => {
    left -= tokensOf.get(id) ?? 0;
    return left < 0;
  });
  return end < 0 ? ranked : ranked.slice(0, end);
}

/** Prints, for each way, the share of evidence kept of all questions at each budget, in percent. */
export function printEvidenceKept(name: string, conversations: readonly LongConversation[]): void {
  const prepared = new Map(
    conversations.map((conversation) => [conversation, searchable(conversation.messages)]),
  );
  const of = (conversation: LongConversation): Searchable => {
    const found = prepared.get(conversation);
    if (!found) {
      throw new Error("A conversation was not prepared.");
    }
    return found;
  };
  const ways: Readonly<Record<string, Keep>> = {
    "sliding window": (conversation, _, budget) =>
      fill(of(conversation).newest, of(conversation).tokensOf, budget),
    minisearch: (conversation, question, budget) => {
      const { miniSearch, tokensOf } = of(conversation);
      return fill(
        miniSearch.search(question).map(({ id }) => id),
        tokensOf,
        budget,
      );
    },
    "BM25 + neighbours": (conversation, question, budget) =>
      fill(of(conversation).bm25(question), of(conversation).tokensOf, budget),
    select: (conversation, question, budget) => select(of(conversation).index, question, budget),
    "select, 20 % newest": (conversation, question, budget) =>
      select(of(conversation).index, question, budget, { recentShare: 0.2 }),
  };
  const sum = (count: (conversation: LongConversation) => number) =>
    conversations.reduce((total, conversation) => total + count(conversation), 0);
  const tokens = sum((conversation) => [...of(conversation).tokensOf.values()].reduce((a, c) => a + c, 0));
  printTable(
    `Evidence kept, %: ${name} (${sum(({ messages }) => messages.length)} turns, ${Math.round(tokens / 1_000)}k tokens in ${conversations.length} conversations, ${sum(({ questions }) => questions.length)} questions)`,
    ["", ...budgets.map(String)],
    Object.entries(ways).map(([way, keep]) => [
      way,
      ...budgets.map((budget) =>
        evidenceRecall(conversations, (conversation, question) =>
          keep(conversation, question, budget),
        ).toFixed(1),
      ),
    ]),
  );
}

/** Prints what `select` keeps for each kind of question, in percent. */
export function printEvidenceKeptByKind(
  name: string,
  conversations: readonly EvaluationConversation[],
): void {
  const rows = questionKinds.map((kind) => {
    const ofKind = conversations.map(({ messages, questions }) => ({
      messages,
      questions: questions.filter((question) => question.kind === kind),
    }));
    return [
      kind,
      String(ofKind.reduce((sum, { questions }) => sum + questions.length, 0)),
      ...budgets.map((budget) =>
        evidenceRecall(ofKind, ({ messages }, question) => select(messages, question, budget)).toFixed(1),
      ),
    ];
  });
  printTable(
    `Evidence kept by select, %, by kind of question: ${name}`,
    ["", "questions", ...budgets.map(String)],
    rows,
  );
}
