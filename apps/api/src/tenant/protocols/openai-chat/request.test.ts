import type { Refusal } from "@caprock/domain";
import fc from "fast-check";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import { type ChatCompletionRequest, parseChatCompletion, wantsUsageChunk } from "./request.ts";

const question = { role: "user", content: "What is the weather in Oslo?" };
const withMember = (member: object) => ({ model: "m", messages: [question], ...member });
const withMessage = (message: unknown) => ({ model: "m", messages: [question, message] });

function accepted(body: unknown): ChatCompletionRequest {
  const result = parseChatCompletion(body);
  if ("refused" in result) {
    throw new Error(result.refused.message);
  }
  return result.request;
}

function refused(body: unknown): Refusal["refused"] {
  const result = parseChatCompletion(body);
  if (!("refused" in result)) {
    throw new Error("The body was accepted.");
  }
  return result.refused;
}

test("a request that uses every served member, as the OpenAI SDK types it, is accepted whole", () => {
  const body = {
    model: "us.anthropic.claude-sonnet-5",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "developer", content: [{ type: "text", text: "Use metric units." }] },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "file", file: { file_data: "data:application/pdf;base64,AAAA", filename: "a.pdf" } },
        ],
      },
      {
        role: "assistant",
        content: [{ type: "refusal", refusal: "No." }],
        tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "call_1", content: "a cat" },
    ],
    tools: [
      {
        type: "function",
        function: { name: "look", description: "Looks.", parameters: { type: "object" }, strict: true },
      },
    ],
    tool_choice: { type: "function", function: { name: "look" } },
    response_format: { type: "json_object" },
    reasoning_effort: "low",
    service_tier: "priority",
    temperature: 0.5,
    top_p: 0.9,
    max_tokens: 100,
    max_completion_tokens: 100,
    stop: ["\n\n", "END"],
    stream: true,
    stream_options: { include_usage: true },
  } satisfies ChatCompletionCreateParams;
  expect(accepted(body)).toEqual(body);
});

test.each([
  ["seed", 7],
  ["user", "u1"],
  ["store", false],
  ["metadata", { a: "b" }],
  ["service_tier", "auto"],
  ["service_tier", "default"],
  ["n", 1],
  ["logprobs", false],
  ["top_logprobs", 0],
  ["logit_bias", {}],
  ["frequency_penalty", 0],
  ["presence_penalty", 0],
  ["response_format", { type: "text" }],
  ["modalities", ["text"]],
  ["verbosity", "medium"],
  ["prompt_cache_key", "k"],
  ["tools", []],
])("%s: %j is accepted: it does not change the answer", (name, value) => {
  accepted(withMember({ [name]: value }));
});

test.each([
  ["n", 2],
  ["logprobs", true],
  ["top_logprobs", 3],
  ["logit_bias", { 50256: -100 }],
  ["frequency_penalty", 0.1],
  ["presence_penalty", -1],
  ["modalities", ["text", "audio"]],
  ["audio", { voice: "alloy", format: "wav" }],
  ["web_search_options", {}],
  ["functions", [{ name: "f" }]],
  ["function_call", "auto"],
  ["top_k", 40],
  ["constructor", 1],
])("%s: %j is refused by name: it would change the answer", (name, value) => {
  expect(refused(withMember({ [name]: value }))).toMatchObject({
    code: "unsupported_parameter",
    param: name,
  });
});

test.each([
  ["seed", 7],
  ["store", true],
  ["metadata", { a: "b" }],
  ["parallel_tool_calls", false],
  ["prompt_cache_key", "k"],
  ["prediction", { type: "content", content: "x" }],
])("%s: %j is ignored, and the caller is told", (name, value) => {
  const result = parseChatCompletion(withMember({ [name]: value }));
  expect(result).toMatchObject({ warnings: [expect.stringMatching(`^${name} is ignored: `)] });
});

test("a null member counts as not sent", () => {
  const nulls = [
    "n",
    "logit_bias",
    "functions",
    "audio",
    "temperature",
    "stop",
    "tools",
    "tool_choice",
    "stream",
  ];
  accepted(withMember(Object.fromEntries(nulls.map((name) => [name, null]))));
});

test.each([
  [{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }, "messages[1].content[0]"],
  [{ role: "function", name: "f", content: "1" }, "messages[1]"],
  [{ role: "assistant", function_call: { name: "f", arguments: "" } }, "messages[1].function_call"],
  [{ role: "assistant", content: "a", audio: { id: "a" } }, "messages[1].audio"],
  [{ role: "assistant", tool_calls: [{ id: "c", type: "custom", custom: {} }] }, "messages[1].tool_calls[0]"],
])("a message that Caprock does not serve is refused by name: %j", (message, param) => {
  expect(refused(withMessage(message))).toMatchObject({ code: "unsupported_parameter", param });
});

test.each([
  [withMember({ tools: [{ type: "custom", custom: { name: "c" } }] }), "tools[0]"],
  [withMember({ tool_choice: { type: "custom", custom: { name: "c" } } }), "tool_choice"],
  [withMember({ tool_choice: { type: "allowed_tools", allowed_tools: {} } }), "tool_choice"],
])("a kind of tool that Caprock does not serve is refused by name: %j", (body, param) => {
  expect(refused(body)).toMatchObject({ code: "unsupported_parameter", param });
});

test.each([
  [null, undefined, "The body is null; it must be a JSON object."],
  [[], undefined, "The body is an empty array; it must be a JSON object."],
  [{ messages: [question] }, "model", "`model` is missing; it must be a string."],
  [
    { model: "m", messages: [] },
    "messages",
    "`messages` is an empty array; it must be an array that is not empty.",
  ],
  [withMessage(7), "messages[1]", "`messages[1]` is 7; it must be an object."],
  [
    withMessage({ role: "robot", content: "a" }),
    "messages[1].role",
    '`messages[1].role` is "robot"; it must be "system", "developer", "user", "assistant" or "tool".',
  ],
  [
    withMessage({ role: "user", content: 7 }),
    "messages[1].content",
    "`messages[1].content` is 7; it must be a string or an array of content parts.",
  ],
  [
    withMessage({ role: "user", content: [{ type: "text", text: 7 }] }),
    "messages[1].content[0].text",
    "`messages[1].content[0].text` is 7; it must be a string.",
  ],
  [
    withMessage({ role: "system", content: [{ type: "image_url", image_url: { url: "data:" } }] }),
    "messages[1].content[0].type",
    '`messages[1].content[0].type` is "image_url"; it must be "text".',
  ],
  [
    withMessage({ role: "tool", content: "a" }),
    "messages[1].tool_call_id",
    "`messages[1].tool_call_id` is missing; it must be a string.",
  ],
  [withMember({ temperature: 1.5 }), "temperature", "`temperature` is 1.5; it must be a number from 0 to 1."],
  [withMember({ max_tokens: 0 }), "max_tokens", "`max_tokens` is 0; it must be a whole number, at least 1."],
  [
    withMember({ stop: ["a", "b", "c", "d", "e"] }),
    "stop",
    "`stop` is an array of length 5; it must be a string that is not empty, or up to 4 of them.",
  ],
  [
    withMember({ stop: ["a", ""] }),
    "stop[1]",
    "`stop[1]` is an empty string; it must be a string that is not empty.",
  ],
  [withMember({ stream: "yes" }), "stream", "`stream` is a string of length 3; it must be a boolean."],
  [
    withMember({ tools: [{ type: "function", function: { name: "get weather" } }] }),
    "tools[0].function.name",
    '`tools[0].function.name` is "get weather"; it must be 1 to 64 letters, digits, "_" or "-", as Bedrock asks of tool names.',
  ],
  [
    withMember({ tool_choice: "any" }),
    "tool_choice",
    '`tool_choice` is "any"; it must be "auto", "none", "required" or an object that names a function.',
  ],
])("a wrong value is named, with what was expected: %j", (body, param, message) => {
  expect(refused(body)).toEqual({ code: "invalid_request", message, ...(param && { param }) });
});

test("no refusal repeats a text that could be a prompt", () => {
  const secret = "the patient's name is Ada";
  const bodies = [
    secret,
    { model: "m", messages: secret },
    withMessage(secret),
    withMessage({ role: "user", content: [secret] }),
    withMessage({ role: "user", content: [{ type: "image_url", image_url: secret }] }),
    withMessage({ role: "assistant", tool_calls: secret }),
    withMember({ stream_options: secret }),
  ];
  for (const body of bodies) {
    expect(refused(body).message).not.toContain(secret);
  }
});

test("whatever the body is, it is accepted or refused, never a crash", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  const member = fc.oneof(anything, fc.constantFrom("auto", "user", "x", 1, true, null, []));
  const part = fc.record(
    { type: fc.constantFrom("text", "image_url", "refusal", "file", 1), text: member, image_url: member },
    { requiredKeys: [] },
  );
  const message = fc.record(
    {
      role: fc.constantFrom("system", "user", "assistant", "tool", "function", "robot"),
      content: fc.oneof(member, fc.array(fc.oneof(part, member))),
      tool_calls: fc.oneof(member, fc.array(member)),
      tool_call_id: member,
    },
    { requiredKeys: [] },
  );
  const nearly = fc.record(
    {
      model: member,
      messages: fc.oneof(member, fc.array(fc.oneof(message, member))),
      tools: fc.oneof(member, fc.array(member)),
      tool_choice: member,
      temperature: member,
      stop: member,
      stream_options: member,
      metadata: member,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(anything, nearly), (body) => {
      const result = parseChatCompletion(body);
      if ("refused" in result) {
        expect(result.refused.message).not.toMatch(/undefined|\[object|Invalid input/);
      }
    }),
    { numRuns: 500 },
  );
});

test("usage is sent in a stream only to those who ask for it", () => {
  expect(wantsUsageChunk(accepted(withMember({ stream_options: { include_usage: true } })))).toBe(true);
  expect(wantsUsageChunk(accepted(withMember({ stream_options: {} })))).toBe(false);
  expect(wantsUsageChunk(accepted(withMember({})))).toBe(false);
});
