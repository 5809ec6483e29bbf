/** Benchmark: what relevance search takes and what evidence it keeps, with minisearch and a sliding window beside it. */
import { performance } from "node:perf_hooks";
import { type ConversationIndex, type ConversationMessage, prepare, select } from "@caprock/context";
import { chitChat } from "@caprock/context/testing/chit-chat";
import { evaluationSet, joined } from "@caprock/context/testing/evaluation";
import { longConversation } from "@caprock/context/testing/long-conversation";
import { printEvidenceKept, printEvidenceKeptByKind } from "./evidence-kept.ts";
import { miniSearchOf } from "./mini-search.ts";
import { printTable } from "./print-table.ts";

const sizes = [600, 5_900, 50_000];
const searches = 200;
const warmUpSearches = 100;
const tokenBudget = 4_000;

/** The real chats over and over, each time with other words in place of a part, so that the vocabulary grows too. */
function repeated(size: number): ConversationMessage[] {
  const { messages } = chitChat().tuned;
  return Array.from({ length: size }, (_, i) => {
    const round = Math.floor(i / messages.length);
    const message = messages[i % messages.length] as ConversationMessage;
    const text = round === 0 ? message.text : message.text?.replace(/\b(\w{6,})\b/, `$1${round}`);
    return { ...message, id: i, text, session: `${round}-${message.session}`, tokens: 40 };
  });
}

function times(
  questions: readonly string[],
  search: (question: string) => unknown,
): { p50Ms: number; p95Ms: number } {
  const took: number[] = [];
  for (let i = 0; i < warmUpSearches + searches; i += 1) {
    const startedAt = performance.now();
    search(questions[i % questions.length] ?? "");
    took.push(performance.now() - startedAt);
  }
  const sorted = took.slice(warmUpSearches).sort((a, b) => a - b);
  return { p50Ms: sorted[Math.floor(searches / 2)] ?? 0, p95Ms: sorted[Math.floor(searches * 0.95)] ?? 0 };
}

function took<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const startedAt = performance.now();
  const result = work();
  return { result, ms: performance.now() - startedAt };
}

const questions = chitChat().tuned.questions.map(({ text }) => text);
prepare(repeated(2_000));
miniSearchOf(repeated(2_000));
printTable(
  `Time for each turn indexed and each of ${searches} searches`,
  ["turns", "index, ms a turn", "p50 ms", "p95 ms", "minisearch: index", "p50 ms", "p95 ms", "p95 ratio"],
  sizes.map((size) => {
    const messages = repeated(size);
    const own = took<ConversationIndex>(() => prepare(messages));
    const other = took(() => miniSearchOf(messages));
    const ownTimes = times(questions, (question) => select(own.result, question, tokenBudget));
    const otherTimes = times(questions, (question) => other.result.search(question));
    return [
      String(size),
      (own.ms / size).toFixed(4),
      ownTimes.p50Ms.toFixed(2),
      ownTimes.p95Ms.toFixed(2),
      (other.ms / size).toFixed(4),
      otherTimes.p50Ms.toFixed(2),
      otherTimes.p95Ms.toFixed(2),
      (otherTimes.p95Ms / ownTimes.p95Ms).toFixed(2),
    ];
  }),
);

/** As a session goes on: its new turn is indexed, and its next question searches what the window, the newest tenth, leaves out. */
printTable(
  `Time to index one more turn and search, ${searches} times`,
  ["turns", "p50 ms", "p95 ms", "minisearch: p50 ms", "p95 ms", "p95 ratio"],
  sizes.map((size) => {
    const messages = repeated(size + warmUpSearches + searches);
    const own = prepare(messages.slice(0, size));
    const other = miniSearchOf(messages.slice(0, size));
    const appending = (add: (message: ConversationMessage) => void) => {
      let next = size;
      return () => {
        add(messages[next] as ConversationMessage);
        next += 1;
      };
    };
    const addOwn = appending((message) => own.add(message));
    const addOther = appending((message) => other.add(message));
    const ownTimes = times(questions, (question) => {
      addOwn();
      return select(own, question, tokenBudget, { before: Math.floor(size * 0.9) });
    });
    const otherTimes = times(questions, (question) => {
      addOther();
      return other.search(question);
    });
    return [
      String(size),
      ownTimes.p50Ms.toFixed(2),
      ownTimes.p95Ms.toFixed(2),
      otherTimes.p50Ms.toFixed(2),
      otherTimes.p95Ms.toFixed(2),
      (otherTimes.p95Ms / ownTimes.p95Ms).toFixed(2),
    ];
  }),
);

const { tuned, heldOut } = chitChat();
printEvidenceKept("real chats, tuned on", [tuned]);
printEvidenceKept("real chats, held out", [heldOut]);
for (const domain of ["friends", "support", "office", "travel"]) {
  printEvidenceKept(
    `made up: ${domain}`,
    [1, 2, 3].map((seed) => longConversation(domain, seed, { turns: 600 })),
  );
}
for (const half of ["development", "blind"] as const) {
  const written = evaluationSet(half);
  for (const conversation of written) {
    printEvidenceKept(`${half}: ${conversation.name}`, [conversation]);
  }
  printEvidenceKept(`${half}: each by itself`, written);
  printEvidenceKeptByKind(`${half}: each by itself`, written);
  printEvidenceKept(`${half}: all joined as one history`, [joined(written)]);
  printEvidenceKept(`${half}: all joined, among the real chats`, [
    joined([...written, { messages: tuned.messages, questions: [] }]),
  ]);
}
