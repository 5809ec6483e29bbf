import type { ConverseResponse } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";
import type { ChatCompletion as OpenAiCompletion } from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import type { ConverseAnswer, ConverseAnswerBlock } from "../converse-json.ts";
import { type ChatCompletion, toCompletion } from "./to-completion.ts";

const origin = { requestId: "req_1", createdSeconds: 1_790_000_000, model: "us.amazon.nova-lite-v1:0" };
const usage = { inputTokens: 10, outputTokens: 4, totalTokens: 14 };

function answer(content: ConverseAnswerBlock[], stopReason = "end_turn"): ConverseAnswer {
  return { output: { message: { content } }, stopReason, usage };
}

const messageOf = (completion: ChatCompletion) => completion.choices[0]!.message;

test("an answer in text becomes a completion under the request's id and the model as the caller named it", () => {
  const converse = {
    output: { message: { role: "assistant", content: [{ text: "Hello " }, { text: "there." }] } },
    stopReason: "end_turn",
    usage,
    metrics: { latencyMs: 5 },
  } satisfies ConverseResponse;
  const completion: OpenAiCompletion = toCompletion(converse, origin);
  expect(completion).toEqual({
    id: "chatcmpl-req_1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: "us.amazon.nova-lite-v1:0",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "Hello there.", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    },
  });
});

test("tool calls keep their ids and order, with arguments as JSON text; content is null without text", () => {
  const completion = toCompletion(
    answer(
      [
        { toolUse: { toolUseId: "a", name: "weather", input: { city: "Oslo" } } },
        { toolUse: { toolUseId: "b", name: "now" } },
      ],
      "tool_use",
    ),
    origin,
  );
  expect(messageOf(completion)).toEqual({
    role: "assistant",
    content: null,
    refusal: null,
    tool_calls: [
      { id: "a", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
      { id: "b", type: "function", function: { name: "now", arguments: "{}" } },
    ],
  });
  expect(completion.choices[0]!.finish_reason).toBe("tool_calls");
});

test("what a piece of the text cites is annotated, each source once, where that piece stands", () => {
  const cited = (text: string, ...sources: string[]) => ({
    citationsContent: { content: [{ text }], citations: sources.map((source) => ({ source, title: "T" })) },
  });
  const content = [{ text: "It is " }, cited("green", "kb/1", "kb/1", "kb/2"), cited(".")];
  const { annotations } = messageOf(toCompletion(answer(content), origin));
  expect(annotations?.map(({ url_citation }) => url_citation)).toEqual([
    { url: "kb/1", title: "T", start_index: 6, end_index: 11 },
    { url: "kb/2", title: "T", start_index: 6, end_index: 11 },
  ]);
});

test("reasoning is told apart from the answer, and cited text is text", () => {
  const message = messageOf(
    toCompletion(
      answer([
        { reasoningContent: { reasoningText: { text: "Let me think." } } },
        { citationsContent: { content: [{ text: "Water " }, { text: "boils" }] } },
        { text: " at 100 °C." },
      ]),
      origin,
    ),
  );
  expect(message.content).toBe("Water boils at 100 °C.");
  expect(message.reasoning_content).toBe("Let me think.");
});

test.each([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["malformed_model_output", "stop"],
  ["malformed_tool_use", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["guardrail_intervened", "content_filter"],
  ["content_filtered", "content_filter"],
  ["a_reason_of_tomorrow", "stop"],
  ["constructor", "stop"],
])("the stop reason %s reads as %s", (stopReason, finishReason) => {
  expect(toCompletion(answer([], stopReason), origin).choices[0]!.finish_reason).toBe(finishReason);
});

test("every token Bedrock counted is in the usage once: cached ones belong to the prompt", () => {
  const count = fc.nat();
  fc.assert(
    fc.property(count, count, count, count, (input, output, cacheRead, cacheWrite) => {
      const counted = {
        inputTokens: input,
        outputTokens: output,
        cacheReadInputTokens: cacheRead,
        cacheWriteInputTokens: cacheWrite,
      };
      expect(toCompletion({ stopReason: "end_turn", usage: counted }, origin).usage).toEqual({
        prompt_tokens: input + cacheRead + cacheWrite,
        completion_tokens: output,
        total_tokens: input + output + cacheRead + cacheWrite,
        prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
      });
    }),
  );
});
