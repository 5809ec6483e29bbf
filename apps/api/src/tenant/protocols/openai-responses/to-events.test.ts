import { expect, test } from "vitest";
import type { ConverseStreamEvent } from "../converse-json.ts";
import { EventMapper } from "./to-events.ts";
import { toResponse } from "./to-response.ts";

const origin = { requestId: "req_1", createdSeconds: 7, request: { model: "m", input: "Hi" } };
const usage = { inputTokens: 10, outputTokens: 4, cacheReadInputTokens: 5 };
const recorded: ConverseStreamEvent[] = [
  { messageStart: { role: "assistant" } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: "Hm." } } } },
  { contentBlockStop: { contentBlockIndex: 0 } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "I look " } } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "up." } } },
  { contentBlockStop: { contentBlockIndex: 1 } },
  { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: "a", name: "now" } } } },
  { contentBlockStop: { contentBlockIndex: 2 } },
  { messageStop: { stopReason: "tool_use" } },
  { metadata: { usage } },
];

function read(events: readonly ConverseStreamEvent[]) {
  const mapper = new EventMapper(
    origin,
    () => 9,
    () => true,
  );
  return [...mapper.begin(), ...events.flatMap((event) => mapper.map(event))];
}

test("thoughts come as a summary, a call without arguments as an empty object, each item whole at its end", () => {
  const types = read(recorded).map(({ type }) => type.replace("response.", ""));
  expect(types).toEqual([
    "created",
    "in_progress",
    "output_item.added",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
    "output_item.added",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "output_item.done",
    "completed",
  ]);
});

test("the streamed response is the response of the same answer unstreamed", () => {
  const content = [
    { reasoningContent: { reasoningText: { text: "Hm." } } },
    { text: "I look up." },
    { toolUse: { toolUseId: "a", name: "now", input: {} } },
  ];
  const whole = toResponse({ output: { message: { content } }, stopReason: "tool_use", usage }, origin, {
    completedSeconds: 9,
    isKept: true,
  });
  expect(read(recorded).at(-1)).toMatchObject({ type: "response.completed", response: whole });
  expect(whole.usage).toEqual({
    input_tokens: 15,
    input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
    output_tokens: 4,
    output_tokens_details: { reasoning_tokens: null },
    total_tokens: 19,
  });
});

const citation = { source: "kb/1", title: "Sheds" };
const text = "In the shed.";

test.each([
  ["behind", [{ text }, { citation }]],
  ["in front of", [{ citation }, { text }]],
])(
  "what a text cites, told %s it, is annotated before the text is done, and the same as unstreamed",
  (_, deltas) => {
    const events = [
      ...deltas.map((delta) => ({ contentBlockDelta: { contentBlockIndex: 0, delta } })),
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage } },
    ];
    const content = [{ citationsContent: { content: [{ text: "In the shed." }], citations: [citation] } }];
    const whole = toResponse({ output: { message: { content } }, stopReason: "end_turn", usage }, origin, {
      completedSeconds: 9,
      isKept: true,
    });
    const annotation = { type: "url_citation", url: "kb/1", title: "Sheds", start_index: 0, end_index: 12 };
    expect(whole.output).toMatchObject([{ content: [{ annotations: [annotation] }] }]);
    const told = read(events);
    expect(told.at(-1)).toMatchObject({ response: whole });
    const types = told.map(({ type }) => type);
    expect(types.indexOf("response.output_text.annotation.added")).toBe(
      types.indexOf("response.output_text.done") - 1,
    );
  },
);

test("only the item at which an answer was cut is incomplete", () => {
  const cut = [
    ...recorded.slice(0, 6),
    { messageStop: { stopReason: "max_tokens" } },
    { metadata: { usage } },
  ];
  expect(read(cut).at(-1)).toMatchObject({
    type: "response.incomplete",
    response: {
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ type: "reasoning" }, { type: "message", status: "incomplete" }],
    },
  });
});
