import { expect, test } from "vitest";
import { EventMapper } from "./to-events.ts";
import { toMessage } from "./to-message.ts";

const origin = {
  requestId: "req_1",
  model: "m",
  stopSequences: ["A", "B"],
  documentTitles: ["Q3: “numbers”"],
};
const usage = {
  inputTokens: 5,
  outputTokens: 7,
  cacheReadInputTokens: 3,
  cacheWriteInputTokens: 11,
  cacheDetails: [
    { ttl: "1h", inputTokens: 10 },
    { ttl: "5m", inputTokens: 1 },
  ],
};
const location = { documentPage: { documentIndex: 0, start: 1, end: 2 } };
const citation = { title: "Q3 numbers", sourceContent: [{ text: "Up." }], location };
const delta = (contentBlockIndex: number, piece: object) =>
  ["contentBlockDelta", { contentBlockIndex, delta: piece }] as const;
const stop = (contentBlockIndex: number) => ["contentBlockStop", { contentBlockIndex }] as const;

const frames: readonly (readonly [string, Record<string, unknown>])[] = [
  ["messageStart", { role: "assistant" }],
  delta(0, { reasoningContent: { text: "Hm." } }),
  delta(0, { reasoningContent: { signature: "s1" } }),
  stop(0),
  delta(1, { reasoningContent: { redactedContent: "cmVk" } }),
  stop(1),
  // A block of a kind that this wire lacks.
  ["contentBlockStart", { contentBlockIndex: 2, start: { image: { format: "png" } } }],
  stop(2),
  delta(3, { text: "It went " }),
  delta(3, { text: "up." }),
  delta(3, { citation }),
  stop(3),
  ["contentBlockStart", { contentBlockIndex: 4, start: { toolUse: { toolUseId: "a", name: "now" } } }],
  delta(4, { toolUse: { input: '{"a":' } }),
  delta(4, { toolUse: { input: "1}" } }),
  stop(4),
  ["messageStop", { stopReason: "stop_sequence", additionalModelResponseFields: { stop_sequence: "B" } }],
  ["metadata", { usage, serviceTier: { type: "priority" } }],
];

function eventsOf(sent: typeof frames): Record<string, unknown>[] {
  const mapper = new EventMapper(origin, 42);
  const text = sent.map(([type, event]) => mapper.map(type, event)).join("");
  return text.split("\n\n").flatMap((event) => {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    const parsed = data === undefined ? undefined : JSON.parse(data);
    expect(parsed?.type).toBe(name);
    return parsed ? [parsed] : [];
  });
}

test("thinking with its signature, redacted thinking, cited text and a call are streamed as blocks without gaps", () => {
  const events = eventsOf(frames);
  const at = events.map(({ type, index, delta: piece }) =>
    [type, index, (piece as { type?: string } | undefined)?.type]
      .filter((part) => part !== undefined)
      .join(" "),
  );
  expect(at).toEqual([
    "message_start",
    "content_block_start 0",
    "content_block_delta 0 thinking_delta",
    "content_block_delta 0 signature_delta",
    "content_block_stop 0",
    "content_block_start 1",
    "content_block_stop 1",
    "content_block_start 2",
    "content_block_delta 2 text_delta",
    "content_block_delta 2 text_delta",
    "content_block_delta 2 citations_delta",
    "content_block_stop 2",
    "content_block_start 3",
    "content_block_delta 3 input_json_delta",
    "content_block_delta 3 input_json_delta",
    "content_block_stop 3",
    "message_delta",
    "message_stop",
  ]);
  expect(events[5]).toMatchObject({ content_block: { type: "redacted_thinking", data: "cmVk" } });
});

test("the first event has Caprock's estimate of the prompt, message_delta the true usage and how it ended", () => {
  const events = eventsOf(frames);
  // SDKs take a cache's lifetimes from here alone, where they are not known yet.
  expect(events[0]).toMatchObject({
    message: { usage: { input_tokens: 42, output_tokens: 0, cache_creation: null } },
  });
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: "stop_sequence", stop_sequence: "B" },
    usage: {
      input_tokens: 5,
      output_tokens: 7,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 11,
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 10 },
    },
  });
});

test("the same answer whole has the same blocks, with the document's title as the caller wrote it", () => {
  const content = [
    { reasoningContent: { reasoningText: { text: "Hm.", signature: "s1" } } },
    { reasoningContent: { redactedContent: "cmVk" } },
    { image: { format: "png" } },
    { citationsContent: { content: [{ text: "It went up." }], citations: [citation] } },
    { toolUse: { toolUseId: "a", name: "now", input: { a: 1 } } },
  ];
  const answer = { output: { message: { content } }, stopReason: "tool_use", usage };
  expect(toMessage(answer, origin)).toMatchObject({
    id: "msg_req_1",
    stop_reason: "tool_use",
    stop_sequence: null,
    content: [
      { type: "thinking", thinking: "Hm.", signature: "s1" },
      { type: "redacted_thinking", data: "cmVk" },
      {
        type: "text",
        text: "It went up.",
        citations: [
          {
            type: "page_location",
            cited_text: "Up.",
            document_index: 0,
            document_title: "Q3: “numbers”",
            start_page_number: 1,
            end_page_number: 2,
          },
        ],
      },
      { type: "tool_use", id: "a", name: "now", input: { a: 1 } },
    ],
  });
});

test.each([
  ["end_turn", "end_turn"],
  ["max_tokens", "max_tokens"],
  ["model_context_window_exceeded", "model_context_window_exceeded"],
  ["guardrail_intervened", "refusal"],
  ["content_filtered", "refusal"],
  ["something_new", "end_turn"],
])("Bedrock's stop reason %s is %s here", (stopReason, expected) => {
  expect(toMessage({ stopReason, usage }, origin).stop_reason).toBe(expected);
});
