import { expect, test } from "vitest";
import { cutIntoEvents } from "./event-parts.ts";
import { textOf } from "./session-turn.ts";

const cited = {
  citationsContent: {
    content: [{ text: "It is in " }, { text: "the shed." }],
    citations: [{ source: "kb/1" }],
  },
};
const answer = { role: "assistant" as const, content: [{ text: "I looked it up." }, cited, { image: {} }] };

test("what an answer says with citations is said, and taken into long-term memory", () => {
  expect(textOf(answer)).toBe("I looked it up.\nIt is in the shed.");
  const [parts = []] = cutIntoEvents([{ turnId: "t", sequence: 1, atMs: 0, messages: [answer] }]);
  expect(parts).toContainEqual({ role: "assistant", text: textOf(answer) });
});

test("what is said to be guarded is said", () => {
  const guardContent = { text: { text: "Where is it?", qualifiers: ["query"] } };
  expect(textOf({ role: "user", content: [{ text: "Hi." }, { guardContent }] })).toBe("Hi.\nWhere is it?");
});

test("citations of another form than Bedrock's say nothing", () => {
  for (const citationsContent of [null, 1, {}, { content: "x" }, { content: [null, { text: 1 }] }]) {
    expect(textOf({ role: "assistant", content: [{ citationsContent }] })).toBe("");
  }
});
