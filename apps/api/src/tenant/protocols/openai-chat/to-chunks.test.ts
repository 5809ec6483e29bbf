import fc from "fast-check";
import type { ChatCompletionChunk as OpenAiChunk } from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import type { ConverseAnswerBlock, ConverseStreamEvent } from "../converse-json.ts";
import { type ChatCompletionChunk, ChunkMapper, type ToolCallDelta } from "./to-chunks.ts";
import { toCompletion } from "./to-completion.ts";

const origin = { requestId: "req_1", createdSeconds: 1_790_000_000, model: "m" };
const usage = { inputTokens: 10, outputTokens: 4 };
const head = { id: "chatcmpl-req_1", object: "chat.completion.chunk", created: 1_790_000_000, model: "m" };

function chunksOf(events: readonly ConverseStreamEvent[], includeUsage = false): ChatCompletionChunk[] {
  const mapper = new ChunkMapper({ ...origin, includeUsage });
  return events.flatMap((event) => mapper.map(event) ?? []);
}

const start: ConverseStreamEvent = { messageStart: { role: "assistant" } };
const text = (fragment: string, index = 0): ConverseStreamEvent => ({
  contentBlockDelta: { contentBlockIndex: index, delta: { text: fragment } },
});
const callStart = (index: number, toolUseId: string, name: string): ConverseStreamEvent => ({
  contentBlockStart: { contentBlockIndex: index, start: { toolUse: { toolUseId, name } } },
});
const callInput = (index: number, input: string): ConverseStreamEvent => ({
  contentBlockDelta: { contentBlockIndex: index, delta: { toolUse: { input } } },
});
const blockStop = (index: number): ConverseStreamEvent => ({
  contentBlockStop: { contentBlockIndex: index },
});
const end = (stopReason = "end_turn"): ConverseStreamEvent[] => [
  { messageStop: { stopReason } },
  { metadata: { usage } },
];

test("a text comes as the role, then its pieces, then the finish reason, as the OpenAI SDK types them", () => {
  const events = [start, text("Hel"), text("lo"), blockStop(0), ...end()];
  const chunks: OpenAiChunk[] = chunksOf(events);
  const choice = (delta: object, finish_reason: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  expect(chunks).toEqual([
    choice({ role: "assistant" }),
    choice({ content: "Hel" }),
    choice({ content: "lo" }),
    choice({}, "stop"),
  ]);
});

test("usage comes in a chunk of its own, without choices, only to those who asked; until then it is null", () => {
  const events = [start, text("Hello"), blockStop(0), ...end()];
  const chunks = chunksOf(events, true);
  expect(chunks.at(-1)).toEqual({
    ...head,
    choices: [],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    },
  });
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
  expect(chunksOf(events).some((chunk) => "usage" in chunk)).toBe(false);
});

test("tool calls are numbered as they appear, whatever the place of their blocks", () => {
  const events = [
    start,
    text("Let me see."),
    blockStop(0),
    callStart(1, "a", "weather"),
    callInput(1, ""),
    callInput(1, '{"city":'),
    callInput(1, '"Oslo"}'),
    blockStop(1),
    callStart(4, "b", "now"),
    blockStop(4),
    ...end("tool_use"),
  ];
  const deltas = chunksOf(events).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
  expect(deltas).toEqual([
    { index: 0, id: "a", type: "function", function: { name: "weather", arguments: "" } },
    { index: 0, function: { arguments: '{"city":' } },
    { index: 0, function: { arguments: '"Oslo"}' } },
    { index: 1, id: "b", type: "function", function: { name: "now", arguments: "" } },
    { index: 1, function: { arguments: "{}" } },
  ]);
  expect(chunksOf(events).at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
});

test("what this wire has no place for makes no chunk: signatures, citations, empty pieces, events of tomorrow", () => {
  const delta = (value: object): ConverseStreamEvent => ({
    contentBlockDelta: { contentBlockIndex: 0, delta: value },
  });
  const events: ConverseStreamEvent[] = [
    text(""),
    delta({ reasoningContent: { signature: "s" } }),
    delta({ citation: { title: "t" } }),
    delta({}),
    { contentBlockDelta: { contentBlockIndex: 0 } },
    callInput(7, "{}"),
    { contentBlockStart: { contentBlockIndex: 0 } },
    blockStop(0),
    {},
  ];
  expect(chunksOf(events, true)).toEqual([]);
});

/** Cuts a text into the pieces between the given places. */
function pieces(whole: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((place, index) => whole.slice(places[index], place));
}

test("however a stream is cut, its chunks add up to the completion that the whole answer gives", () => {
  const block = fc.oneof(
    fc.record({ text: fc.string() }),
    fc.record({
      citationsContent: fc.record({
        content: fc.array(fc.record({ text: fc.string() }), { maxLength: 2 }),
        citations: fc.array(
          fc.record({ source: fc.constantFrom("kb/1", "kb/2"), title: fc.constant("Sheds") }),
        ),
      }),
    }),
    fc.record({ reasoningContent: fc.record({ reasoningText: fc.record({ text: fc.string() }) }) }),
    fc.record({
      toolUse: fc.record({
        toolUseId: fc.uuid(),
        name: fc.constantFrom("weather", "now"),
        input: fc.oneof(fc.constant({}), fc.dictionary(fc.string(), fc.jsonValue())),
      }),
    }),
  );
  const cuts = fc.array(fc.nat(), { maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(block, cuts)),
      fc.constantFrom("end_turn", "tool_use"),
      (blocks, stopReason) => {
        const streamed = blocks.flatMap(([one, places], index) => eventsOf(one, index, places));
        const chunks = chunksOf([start, ...streamed, ...end(stopReason)], true);
        const content = blocks.map(([one]) => one);
        const whole = toCompletion({ output: { message: { content } }, stopReason, usage }, origin);
        expect(addUp(chunks)).toEqual({
          message: JSON.parse(JSON.stringify(whole.choices[0]!.message)),
          finish_reason: whole.choices[0]!.finish_reason,
          usage: whole.usage,
        });
      },
    ),
  );
});

function eventsOf(block: ConverseAnswerBlock, index: number, cuts: readonly number[]): ConverseStreamEvent[] {
  if (block.toolUse) {
    const { toolUseId, name, input } = block.toolUse;
    // Bedrock streams nothing, or an empty piece, for a call without arguments.
    const written = Object.keys(input as object).length === 0 ? "" : JSON.stringify(input);
    const inputs = pieces(written, cuts).map((piece) => callInput(index, piece));
    return [callStart(index, toolUseId, name), ...inputs, blockStop(index)];
  }
  const reasoning = block.reasoningContent?.reasoningText?.text;
  const { content = [], citations = [] } = block.citationsContent ?? {};
  const cited = content.map((part) => part.text).join("");
  const deltas = pieces(reasoning ?? block.text ?? cited, cuts).map((piece) =>
    reasoning === undefined
      ? text(piece, index)
      : { contentBlockDelta: { contentBlockIndex: index, delta: { reasoningContent: { text: piece } } } },
  );
  const told = citations.map((citation) => ({
    contentBlockDelta: { contentBlockIndex: index, delta: { citation } },
  }));
  return [...deltas, ...told, blockStop(index)];
}

function addUp(chunks: readonly ChatCompletionChunk[]) {
  const deltas = chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta));
  const joined = (pick: (delta: (typeof deltas)[number]) => string | undefined) =>
    deltas.map((delta) => pick(delta) ?? "").join("");
  const calls: { id?: string; type?: string; function: { name?: string; arguments: string } }[] = [];
  for (const delta of deltas.flatMap((one) => one.tool_calls ?? [])) {
    addCall(calls, delta);
  }
  const reasoning = joined((delta) => delta.reasoning_content);
  const annotations = deltas.flatMap((delta) => delta.annotations ?? []);
  return {
    message: {
      role: deltas[0]?.role,
      content: joined((delta) => delta.content) || null,
      refusal: null,
      ...(reasoning && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(annotations.length > 0 && { annotations }),
    },
    finish_reason: chunks.at(-2)?.choices[0]?.finish_reason,
    usage: chunks.at(-1)?.usage,
  };
}

function addCall(
  calls: { id?: string; type?: string; function: { name?: string; arguments: string } }[],
  { index, function: { arguments: fragment, name }, id, type }: ToolCallDelta,
): void {
  const call = calls[index];
  if (call) {
    call.function.arguments += fragment;
  } else {
    calls[index] = { id, type, function: { name, arguments: fragment } };
  }
}
