import { expect, test } from "vitest";
import { questionOf } from "./question-of.ts";

test.each([
  ["a text", "Where is it?", "Where is it?"],
  [
    "OpenAI's messages",
    [
      { role: "user", content: "One" },
      { role: "assistant", content: "Yes" },
    ],
    "One",
  ],
  [
    "parts, of which some are no text",
    [
      {
        role: "user",
        content: [{ type: "image", source: {} }, { type: "text", text: "What" }, { text: "is it?" }],
      },
      { role: "tool", content: "42" },
    ],
    "What\nis it?",
  ],
  [
    "items of Responses",
    [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] }],
    "Hi",
  ],
  ["a tool's results alone", [{ role: "user", content: [{ type: "tool_result", content: "42" }] }], ""],
  ["nothing", undefined, ""],
])("what the user said last is found in %s", (_, said, question) => {
  expect(questionOf(said)).toBe(question);
});
