/** Makes long conversations of two people over many dated sessions, with questions whose evidence is known. */
import type { ConversationMessage } from "../relevance/message.ts";
import { distractions, domains, smallTalk } from "./conversation-topics.ts";

export interface AskedQuestion {
  readonly text: string;
  /** The ids of the messages that hold the answer. */
  readonly evidence: readonly string[];
}

export interface LongConversation {
  readonly messages: readonly (ConversationMessage & { readonly id: string })[];
  readonly questions: readonly AskedQuestion[];
}

const msPerDay = 86_400_000;
/** The share of small talk that has words of questions. */
const distracting = 0.3;
/** The share of turns that ask what a topic asks and get no answer to it. */
const evaded = 0.06;
const firstSessionAtMs = Date.UTC(2023, 0, 9, 18);

/** The same numbers for the same seed, 0 up to 1 (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Both people have each topic of the domain, with other values, so that one is the other's distractor. Each topic comes
 * up once for each of them, in a session of its own, between small talk.
 */
export function longConversation(
  domain: string,
  seed: number,
  {
    turns,
    names = ["Nadia", "Oscar"],
  }: { readonly turns: number; readonly names?: readonly [string, string] },
): LongConversation {
  const next = numbersFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const topics = (domains[domain] ?? []).flatMap((topic) => names.map((name) => ({ topic, name })));
  const order = topics.map((entry) => ({ entry, key: next() })).sort((a, b) => a.key - b.key);
  const perSession = Math.floor(turns / topics.length);
  const messages: (ConversationMessage & { id: string })[] = [];
  const questions: AskedQuestion[] = [];
  order.forEach(({ entry: { topic, name } }, session) => {
    const startedAtMs = firstSessionAtMs + session * 5 * msPerDay;
    const other = names[0] === name ? names[1] : names[0];
    const at = 2 + Math.floor(next() * (perSession - 4));
    for (let turn = 0; turn < perSession; turn++) {
      const id = `${session}:${turn}`;
      const isAnswer = turn === at + 1;
      const text = isAnswer
        ? topic.answer.replace("{value}", pick(topic.values))
        : turn === at
          ? topic.lead
          : next() < evaded
            ? pick(topics).topic.lead
            : `${pick(smallTalk)} ${pick(next() < distracting ? distractions : smallTalk)}`;
      messages.push({
        id,
        speaker: (turn - at) % 2 === 0 ? other : name,
        text: turn === 0 ? `Hello ${name}! ${text}` : text,
        session,
        timestamp: startedAtMs + turn * 60_000,
      });
      if (isAnswer) {
        questions.push({ text: topic.question.replace("{name}", name), evidence: [id] });
      }
    }
  });
  return { messages, questions };
}

/** The share of evidence that `keep` keeps, averaged over all questions, in percent. */
export function evidenceRecall(
  conversations: readonly LongConversation[],
  keep: (conversation: LongConversation, question: string) => readonly (string | number)[],
): number {
  let sum = 0;
  let count = 0;
  for (const conversation of conversations) {
    for (const question of conversation.questions) {
      const kept = new Set(keep(conversation, question.text));
      sum += question.evidence.filter((id) => kept.has(id)).length / question.evidence.length;
      count += 1;
    }
  }
  return (100 * sum) / count;
}
