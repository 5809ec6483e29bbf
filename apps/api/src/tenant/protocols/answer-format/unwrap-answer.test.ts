import { expect, test } from "vitest";
import type { ConverseStreamEvent } from "../converse-json.ts";
import { answerToolName } from "./answer-format.ts";
import { AnswerUnwrapper, unwrapAnswer } from "./unwrap-answer.ts";

const usage = { inputTokens: 1, outputTokens: 1 };
const start = (contentBlockIndex: number, name: string): ConverseStreamEvent => ({
  contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: `t${contentBlockIndex}`, name } } },
});
const input = (contentBlockIndex: number, piece: string): ConverseStreamEvent => ({
  contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: piece } } },
});
const text = (contentBlockIndex: number, piece: string): ConverseStreamEvent => ({
  contentBlockDelta: { contentBlockIndex, delta: { text: piece } },
});
const stop: ConverseStreamEvent = { messageStop: { stopReason: "tool_use" } };
const read = (events: readonly ConverseStreamEvent[]) => {
  const unwrapper = new AnswerUnwrapper();
  return events.flatMap((event) => unwrapper.map(event));
};

test("the tool's input streams as text, and what was said around it is left out", () => {
  expect(
    read([text(0, "Sure: "), start(1, answerToolName), input(1, '{"a":'), input(1, "1}"), stop]),
  ).toEqual([text(1, '{"a":'), text(1, "1}"), { messageStop: { stopReason: "end_turn" } }]);
});

test("a model that answers in text after all is heard, once the answer is over", () => {
  const end: ConverseStreamEvent = { messageStop: { stopReason: "end_turn" } };
  expect(read([text(0, '{"a"'), text(0, ":1}"), end])).toEqual([text(0, '{"a"'), text(0, ":1}"), end]);
});

test("calls of the caller's own tools pass as they are", () => {
  const events = [start(0, "weather"), input(0, "{}"), stop];
  expect(read(events)).toEqual(events);
});

test("of two answers the first counts", () => {
  const events = read([
    start(0, answerToolName),
    input(0, "{}"),
    start(1, answerToolName),
    input(1, "{}"),
    stop,
  ]);
  expect(events.filter((event) => event.contentBlockDelta?.delta?.text)).toEqual([text(0, "{}")]);
});

test("an unstreamed answer reads the same", () => {
  const call = (name: string) => ({ toolUse: { toolUseId: "t", name, input: { a: 1 } } });
  const answer = (content: object[]) =>
    unwrapAnswer({ output: { message: { content } }, stopReason: "tool_use", usage });
  expect(answer([{ text: "Sure: " }, call(answerToolName)])).toMatchObject({
    output: { message: { content: [{ text: '{"a":1}' }] } },
    stopReason: "end_turn",
  });
  expect(answer([call("weather")])).toMatchObject({ stopReason: "tool_use" });
});
