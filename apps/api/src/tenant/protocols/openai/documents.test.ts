import { expect, test } from "vitest";
import { documents, withDocuments } from "./documents.ts";

const question = { role: "user" as const, content: [{ text: "Where is it?" }] };
const call = {
  role: "assistant" as const,
  content: [{ toolUse: { toolUseId: "a", name: "look", input: {} } }],
};
const result = {
  role: "user" as const,
  content: [{ toolResult: { toolUseId: "a", content: [{ text: "there" }] } }, { text: "Well?" }],
};
const given = [{ id: "kb/7", title: "Sheds", text: "In the green shed." }, { text: "Elsewhere." }];
const found = (source: string, title: string, text: string, enabled = true) => ({
  searchResult: { source, title, content: [{ text }], citations: { enabled } },
});
const results = [found("kb/7", "Sheds", "In the green shed."), found("2", "2", "Elsewhere.")];

test("documents stand before the newest question, named by their ids, or by their numbers where they have none", () => {
  const before = [question, call, { role: "user" as const, content: result.content.slice(0, 1) }];
  expect(withDocuments([...before, question], given, { cites: true })).toEqual([
    ...before,
    { role: "user", content: [...results, ...question.content] },
  ]);
});

test("in a tool loop they stay with the question that brought them, and behind results where that is not there", () => {
  expect(withDocuments([question, call, result], given, { cites: true })).toEqual([
    { role: "user", content: [...results, ...question.content] },
    call,
    result,
  ]);
  const [answered] = withDocuments([result], given, { cites: false });
  expect(answered?.content.slice(0, 2)).toEqual([
    result.content[0],
    found("kb/7", "Sheds", "In the green shed.", false),
  ]);
});

test("without documents the messages are the very ones", () => {
  const messages = [question];
  expect(withDocuments(messages, undefined, { cites: true })).toBe(messages);
  expect(withDocuments(messages, documents.parse([]), { cites: true })).toBe(messages);
});

test.each([[[{ text: " " }]], [["text"]], [[{ text: "a", url: "b" }]], [[{ id: "", text: "a" }]]])(
  "%j are no documents",
  (value) => {
    expect(documents.safeParse(value).success).toBe(false);
  },
);
