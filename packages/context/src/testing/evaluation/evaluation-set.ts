/** Reads the conversations that were written to measure relevance search on: development/ and blind/, see README.md. */
import { readdirSync, readFileSync } from "node:fs";
import type { AskedQuestion, LongConversation } from "../long-conversation.ts";

/** What a question asks for; `assistant` asks for something that the assistant said. */
export const questionKinds = [
  "single",
  "multi",
  "temporal",
  "who",
  "counting",
  "preference",
  "assistant",
] as const;
export type QuestionKind = (typeof questionKinds)[number];

/** `development` may be looked at and tuned on; `blind` is measured only. */
export type EvaluationHalf = "development" | "blind";

export interface EvaluationConversation extends LongConversation {
  readonly name: string;
  readonly questions: readonly (AskedQuestion & { readonly kind: QuestionKind })[];
}

type Message = LongConversation["messages"][number];

const msPerMinute = 60_000;
const roleLine = /^@ (.+) (user|assistant)$/;
const sessionLine = /^== (\d{4}-\d\d-\d\d) (\d\d:\d\d)$/;
const questionLine = /^\? (\w+) \| (.+) \| ([a-z\d ]+)$/;
const turnLine = /^([^:]+): (.+)$/;
const marksOfEvidence = / \^([a-z\d]+)/g;

/** Every conversation of a half, by name. Throws at the first line that has no meaning. */
export function evaluationSet(half: EvaluationHalf): readonly EvaluationConversation[] {
  const folder = new URL(`./${half}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => readConversation(file.replace(".txt", ""), readFileSync(new URL(file, folder), "utf8")));
}

function readConversation(name: string, content: string): EvaluationConversation {
  const roles = new Map<string, "user" | "assistant">();
  const marked = new Map<string, string>();
  const messages: Message[] = [];
  const questions: EvaluationConversation["questions"][number][] = [];
  let session = -1;
  let turn = 0;
  let startedAtMs = 0;
  for (const [i, line] of content.trimEnd().split("\n").entries()) {
    const at = `${name}.txt:${i + 1}`;
    if (line.startsWith("#") || line === "==") {
      continue;
    }
    const [, named = "", role] = roleLine.exec(line) ?? [];
    if (role) {
      roles.set(named, role as "user" | "assistant");
      continue;
    }
    const [, day, time] = sessionLine.exec(line) ?? [];
    if (day) {
      session += 1;
      turn = 0;
      startedAtMs = Date.parse(`${day}T${time}:00Z`);
      continue;
    }
    const [, kind, asked = "", marks = ""] = questionLine.exec(line) ?? [];
    if (kind) {
      const evidence = marks.split(" ").map((mark) => {
        const id = marked.get(mark);
        if (!id) {
          throw new Error(`${at}: no turn is marked ^${mark}.`);
        }
        return id;
      });
      questions.push({ kind: kind as QuestionKind, text: asked, evidence });
      continue;
    }
    const [, speaker = "", text = ""] = turnLine.exec(line) ?? [];
    if (!speaker) {
      throw new Error(`${at}: neither a turn nor a question: ${line}`);
    }
    const id = `${name}/${session}:${turn}`;
    for (const [, mark = ""] of text.matchAll(marksOfEvidence)) {
      if (marked.has(mark)) {
        throw new Error(`${at}: ^${mark} marks two turns.`);
      }
      marked.set(mark, id);
    }
    const speakerRole = roles.get(speaker);
    messages.push({
      id,
      ...(speakerRole && { role: speakerRole }),
      ...(speaker !== speakerRole && { speaker }),
      text: text.replaceAll(marksOfEvidence, "").replaceAll("\\n", "\n"),
      session: `${name}/${session}`,
      timestamp: startedAtMs + turn * msPerMinute,
    });
    turn += 1;
  }
  return { name, messages, questions };
}

/** Several conversations as one history: their sessions in the order of time, each with its own people. */
export function joined(conversations: readonly LongConversation[]): LongConversation {
  const sessions = new Map<unknown, Message[]>();
  for (const message of conversations.flatMap(({ messages }) => messages)) {
    const session = sessions.get(message.session);
    if (session) {
      session.push(message);
    } else {
      sessions.set(message.session, [message]);
    }
  }
  const startMs = ([first]: Message[]) => Number(first?.timestamp);
  return {
    messages: [...sessions.values()].sort((a, b) => startMs(a) - startMs(b)).flat(),
    questions: conversations.flatMap(({ questions }) => questions),
  };
}
