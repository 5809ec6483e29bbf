import type { Model } from "@caprock/domain";
import { expect, test } from "vitest";
import { checkRequest } from "./check-request.ts";
import { type ConverseBody, parseConverseBody } from "./converse-body.ts";

const model: Model = {
  id: "vendor.model",
  name: "Model",
  vendor: "vendor",
  modality: "chat",
  profiles: [],
  callableBare: true,
  contextWindowTokens: 1_000,
  maxOutputTokens: 100,
  supports: {
    tools: true,
    toolsWhileStreaming: true,
    images: true,
    system: true,
    countTokens: false,
    forcedTools: true,
    structuredOutput: true,
    searchResults: true,
  },
  tokenizerFactor: 1,
};
const unable = (...abilities: (keyof Model["supports"])[]): Model => ({
  ...model,
  supports: { ...model.supports, ...Object.fromEntries(abilities.map((ability) => [ability, false])) },
});
const bodyOf = (more: object = {}): ConverseBody => ({
  messages: [{ role: "user", content: [{ text: "Hi" }] }],
  ...more,
});
const refusedParam = (body: ConverseBody, of = model, streamed = false) => {
  const { refused } = checkRequest(body, of, { streamed, maxOutputTokens: 50 }) ?? {};
  return refused && [refused.code, refused.param];
};
const tools = { toolConfig: { tools: [{ toolSpec: {} }] } };

test("a request that is bounded and that the model can serve passes", () => {
  const metadata = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`name${index}`, "x"]));
  const fields = { additionalModelRequestFields: { top_k: 5, thinking: { type: "enabled" } } };
  const body = bodyOf({
    ...tools,
    ...fields,
    requestMetadata: metadata,
    performanceConfig: { latency: "standard" },
  });
  expect(checkRequest(body, model, { streamed: true, maxOutputTokens: 50 })).toBeUndefined();
});

test.each([
  ["promptVariables", { promptVariables: { a: { text: "b" } } }],
  ["performanceConfig.latency", { performanceConfig: { latency: "optimized" } }],
  ["additionalModelRequestFields.max_tokens", { additionalModelRequestFields: { top_k: 1, max_tokens: 9 } }],
  ["additionalModelRequestFields.maxTokens", { additionalModelRequestFields: { maxTokens: 9 } }],
  ["additionalModelRequestFields.max_gen_len", { additionalModelRequestFields: { max_gen_len: 9 } }],
  ["additionalModelRequestFields.MAX_NEW_TOKENS", { additionalModelRequestFields: { MAX_NEW_TOKENS: 9 } }],
  ["additionalModelRequestFields.inferenceConfig", { additionalModelRequestFields: { inferenceConfig: {} } }],
  ["additionalModelRequestFields.n", { additionalModelRequestFields: { n: 5 } }],
  [
    "additionalModelRequestFields.nested.maxTokenCount",
    { additionalModelRequestFields: { nested: { maxTokenCount: 9 } } },
  ],
  [
    "additionalModelRequestFields.list[0].max_tokens",
    { additionalModelRequestFields: { list: [{ max_tokens: 9 }] } },
  ],
  [
    "additionalModelRequestFields.anthropic_beta",
    { additionalModelRequestFields: { anthropic_beta: ["context-1m-2025-08-07"] } },
  ],
  [
    "additionalModelRequestFields.tools",
    { additionalModelRequestFields: { tools: [{ type: "web_search_20250305" }] } },
  ],
  ["performanceConfig.latency", { performanceConfig: { latency: "something new" } }],
  ["toolConfig.tools[0]", { toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } }],
  ["requestMetadata.caprock_tenant", { requestMetadata: { caprock_tenant: "another" } }],
])("what would make the cost unbounded, or pose as Caprock, is refused by its name: %s", (param, more) => {
  expect(refusedParam(bodyOf(more))).toEqual(["unsupported_parameter", param]);
});

test("Bedrock's sixteen entries of metadata leave seven to callers", () => {
  const requestMetadata = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`name${index}`, "x"]));
  expect(refusedParam(bodyOf({ requestMetadata }))).toEqual(["invalid_request", "requestMetadata"]);
});

test("tools are refused where the model cannot call them, or cannot while it streams", () => {
  expect(refusedParam(bodyOf(tools), unable("tools", "toolsWhileStreaming"))).toEqual([
    "unsupported_by_model",
    "tools",
  ]);
  expect(refusedParam(bodyOf(tools), unable("toolsWhileStreaming"), true)).toEqual([
    "unsupported_by_model",
    "tools",
  ]);
  expect(refusedParam(bodyOf(tools), unable("toolsWhileStreaming"), false)).toBeUndefined();
});

test("a system prompt and images are refused where the model takes none; the image's message is named", () => {
  expect(refusedParam(bodyOf({ system: [{ text: "x" }] }), unable("system"))).toEqual([
    "unsupported_by_model",
    "system",
  ]);
  expect(refusedParam(bodyOf({ system: [] }), unable("system"))).toBeUndefined();
  const image = { role: "user" as const, content: [{ text: "see" }, { image: {} }] };
  const messages = [...bodyOf().messages, { role: "assistant" as const, content: [{ text: "?" }] }, image];
  expect(refusedParam(bodyOf({ messages }), unable("images"))).toEqual([
    "unsupported_by_model",
    "messages[2].content",
  ]);
  expect(refusedParam(bodyOf({ messages }))).toBeUndefined();
});

test.each([
  [null, undefined],
  ["text", undefined],
  [[], undefined],
  [{}, "messages"],
  [{ messages: [] }, "messages"],
  [{ messages: [{ role: "user", content: [] }] }, "messages[0].content"],
  [
    {
      messages: [
        { role: "user", content: [{}] },
        { role: "tool", content: [{}] },
      ],
    },
    "messages[1].role",
  ],
  [{ messages: [{ role: "user", content: ["text"] }] }, "messages[0].content[0]"],
  [bodyOf({ inferenceConfig: { maxTokens: 0 } }), "inferenceConfig.maxTokens"],
  [bodyOf({ inferenceConfig: { maxTokens: 1.5 } }), "inferenceConfig.maxTokens"],
  [bodyOf({ requestMetadata: { a: 1 } }), "requestMetadata.a"],
  [bodyOf({ toolConfig: { toolChoice: { any: {} } } }), "toolConfig.tools"],
  [bodyOf({ toolConfig: { tools: [] } }), "toolConfig.tools"],
])("the body %j is refused by the member at fault, as the caller wrote it", (body, param) => {
  const parsed = parseConverseBody(body);
  expect(parsed).toMatchObject({ refused: { code: "invalid_request" } });
  expect("refused" in parsed && parsed.refused.param).toBe(param);
});

test("members that are not known here pass through, at every depth", () => {
  const body = {
    messages: [{ role: "user", content: [{ hologram: { bytes: "AA" } }], futureOfMessage: 1 }],
    inferenceConfig: { maxTokens: 5, futureOfConfig: true },
    future: [1],
  };
  expect(parseConverseBody(body)).toEqual({ body });
});

test("tools that the caller runs itself may be defined in the vendor's own form", () => {
  const tools = [
    { type: "computer_20250124", name: "computer" },
    { name: "mine", input_schema: {} },
  ];
  expect(refusedParam(bodyOf({ additionalModelRequestFields: { tools } }))).toBeUndefined();
});

test("a thinking budget must lie within what the answer is held for", () => {
  const thinking = (budget_tokens: number) => ({
    additionalModelRequestFields: { thinking: { budget_tokens } },
  });
  expect(refusedParam(bodyOf(thinking(49)))).toBeUndefined();
  expect(refusedParam(bodyOf(thinking(50)))).toEqual([
    "invalid_request",
    "additionalModelRequestFields.thinking.budget_tokens",
  ]);
});

test("an image in a tool's result is an image", () => {
  const content = [{ toolResult: { toolUseId: "1", content: [{ image: { format: "png" } }] } }];
  const body = { messages: [{ role: "user" as const, content }] };
  expect(refusedParam(body, unable("images"))).toEqual(["unsupported_by_model", "messages[0].content"]);
});
