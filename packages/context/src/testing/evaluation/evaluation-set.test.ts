import { describe, expect, it } from "vitest";
import { evaluationSet, joined, questionKinds } from "./evaluation-set.ts";

const halves = { development: evaluationSet("development"), blind: evaluationSet("blind") };
const conversations = [...halves.development, ...halves.blind];

describe("the conversations that relevance search is measured on", () => {
  it.each(conversations.map((conversation) => [conversation.name, conversation] as const))(
    "%s has at least 100 turns and 25 questions, each answered by turns that exist",
    (_, { messages, questions }) => {
      const ids = new Set(messages.map(({ id }) => id));
      expect(ids.size).toBe(messages.length);
      expect(messages.length).toBeGreaterThanOrEqual(100);
      expect(questions.length).toBeGreaterThanOrEqual(25);
      for (const { kind, text, evidence } of questions) {
        expect(questionKinds).toContain(kind);
        expect(text).not.toContain("|");
        expect(evidence.length).toBeGreaterThanOrEqual(1);
        expect(new Set(evidence).size).toBe(evidence.length);
        expect(evidence.filter((id) => !ids.has(id))).toEqual([]);
      }
      expect(new Set(questions.map(({ text }) => text)).size).toBe(questions.length);
    },
  );

  it.each(conversations.map((conversation) => [conversation.name, conversation] as const))(
    "%s goes forward in time and shows no mark of the file in its texts",
    (_, { messages }) => {
      const times = messages.map(({ timestamp }) => Number(timestamp));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(
        messages.filter(({ text }) => !text?.trim() || / \^[a-z]|\\n|\|\||^([?#@] |==)/.test(text)),
      ).toEqual([]);
    },
  );

  it("are as many blind as in development, at least 1,500 turns and 250 questions in each half", () => {
    expect(halves.blind.length).toBe(halves.development.length);
    for (const half of Object.values(halves)) {
      expect(half.flatMap(({ messages }) => messages).length).toBeGreaterThanOrEqual(1_500);
      expect(half.flatMap(({ questions }) => questions).length).toBeGreaterThanOrEqual(250);
    }
  });

  it("joins into one history that keeps each session together and every question answerable", () => {
    const { messages, questions } = joined(conversations);
    expect(messages.length).toBe(conversations.reduce((sum, { messages: own }) => sum + own.length, 0));
    const changes = messages.filter(({ session }, i) => session !== messages[i - 1]?.session);
    expect(changes.length).toBe(new Set(messages.map(({ session }) => session)).size);
    const ids = new Set(messages.map(({ id }) => id));
    expect(questions.flatMap(({ evidence }) => evidence).filter((id) => !ids.has(id))).toEqual([]);
  });
});
