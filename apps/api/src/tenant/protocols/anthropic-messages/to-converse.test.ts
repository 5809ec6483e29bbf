import type { Model } from "@caprock/domain";
import { expect, test } from "vitest";
import { answerToolName } from "../answer-format/answer-format.ts";
import { parseMessages } from "./request.ts";
import { claude, llama, nova } from "./testing/models.ts";
import { toConverse } from "./to-converse.ts";

const user = { role: "user", content: "Hi" };
const tool = { name: "weather", input_schema: { type: "object" } };

function translate(more: object, model: Model = claude, betas: readonly string[] = []) {
  const parsed = parseMessages({ model: "m", max_tokens: 100, messages: [user], ...more });
  if ("refused" in parsed) {
    return parsed;
  }
  return toConverse(parsed.request, { model, streamed: false, betas });
}
function bodyOf(more: object, model?: Model, betas?: readonly string[]) {
  const translated = translate(more, model, betas);
  if ("refused" in translated) {
    throw new Error(translated.refused.message);
  }
  return translated.body;
}
function refusedOf(more: object, model?: Model) {
  const translated = translate(more, model);
  return "refused" in translated ? translated.refused : undefined;
}
function warningsOf(more: object, model: Model) {
  const translated = translate(more, model);
  return "refused" in translated ? undefined : translated.warnings;
}

test("cache_control becomes a cache point right after its block, with its TTL, wherever it stands", () => {
  const hour = { cache_control: { type: "ephemeral", ttl: "1h" } };
  const body = bodyOf({
    tools: [
      { ...tool, ...hour },
      { ...tool, name: "news" },
    ],
    system: [
      { type: "text", text: "a", ...hour },
      { type: "text", text: "b" },
    ],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "c", cache_control: { type: "ephemeral" } },
          { type: "text", text: "d" },
        ],
      },
    ],
  });
  const point = { cachePoint: { type: "default", ttl: "1h" } };
  expect(body).toMatchObject({
    toolConfig: { tools: [{ toolSpec: { name: "weather" } }, point, { toolSpec: { name: "news" } }] },
    system: [{ text: "a" }, point, { text: "b" }],
    messages: [
      { role: "user", content: [{ text: "c" }, { cachePoint: { type: "default" } }, { text: "d" }] },
    ],
  });
});

test("one inside a tool's result stands right after the result, with the longest TTL; one of the request after its last block", () => {
  const result = {
    type: "tool_result",
    tool_use_id: "a",
    content: [{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }],
    cache_control: { type: "ephemeral" },
  };
  const history = [
    user,
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "weather", input: {} }] },
    { role: "user", content: [result] },
  ];
  expect(bodyOf({ messages: history })).toMatchObject({
    messages: [{}, {}, { content: [{ toolResult: {} }, { cachePoint: { ttl: "1h" } }] }],
  });
  expect(bodyOf({ cache_control: { type: "ephemeral" } })).toMatchObject({
    messages: [{ content: [{ text: "Hi" }, { cachePoint: { type: "default" } }] }],
  });
});

test("the cache point of a system message in mid-conversation, as Claude Code sends one, ends the message before it", () => {
  const said = (role: string, more = {}) => ({ role, content: [{ type: "text", text: role, ...more }] });
  const control = { cache_control: { type: "ephemeral", ttl: "1h" } };
  const cached = { messages: [said("user"), said("system", control), said("assistant"), said("user")] };
  const point = { cachePoint: { type: "default", ttl: "1h" } };
  expect(bodyOf(cached).messages).toEqual([
    { role: "user", content: [{ text: "user" }, point] },
    { role: "system", content: [{ text: "system" }] },
    { role: "assistant", content: [{ text: "assistant" }] },
    { role: "user", content: [{ text: "user" }] },
  ]);
  expect(warningsOf(cached, claude)).toHaveLength(1);
  const twice = { messages: [said("user", control), said("system", control)] };
  expect(bodyOf(twice).messages).toMatchObject([{ content: [{ text: "user" }, point] }, { role: "system" }]);
});

test("more cache points than Bedrock takes, and 1h after 5m, are refused by name", () => {
  const text = (ttl?: string) => ({ type: "text", text: "a", cache_control: { type: "ephemeral", ttl } });
  const system = (...ttls: (string | undefined)[]) => ({ system: ttls.map((ttl) => text(ttl)) });
  expect(refusedOf(system(undefined, "5m", undefined, "5m"))).toBeUndefined();
  expect(refusedOf(system("5m", "5m", "5m", "5m", "5m"))?.message).toContain("is set 5 times");
  expect(refusedOf(system("1h", "5m"))).toBeUndefined();
  expect(refusedOf(system("5m", "1h"))).toMatchObject({ code: "invalid_request", param: "cache_control" });
});

test("a model that takes no cache points gets none, which changes no answer and is warned of", () => {
  const cached = { system: [{ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }] };
  expect(bodyOf(cached, llama).system).toEqual([{ text: "a" }]);
  expect(warningsOf(cached, llama)).toHaveLength(1);
  expect(bodyOf(cached, nova).system).toEqual([{ text: "a" }, { cachePoint: { type: "default" } }]);
  expect(warningsOf(cached, nova)).toHaveLength(1);
});

test("Claude is told to think, and of top_k, effort and betas, in its own fields; others are refused or left to decide", () => {
  const thinking = { type: "enabled", budget_tokens: 50 };
  const own = { thinking, top_k: 5, output_config: { effort: "high" } };
  expect(bodyOf(own, claude, ["b"]).additionalModelRequestFields).toEqual({ ...own, anthropic_beta: ["b"] });
  expect(refusedOf({ thinking }, nova)).toMatchObject({ code: "unsupported_by_model", param: "thinking" });
  expect(refusedOf({ top_k: 5 }, nova)).toMatchObject({ code: "unsupported_by_model", param: "top_k" });
  expect(bodyOf({ thinking: { type: "adaptive" } }, nova)).not.toHaveProperty("additionalModelRequestFields");
  expect(warningsOf({ thinking: { type: "adaptive" } }, nova)).toHaveLength(1);
  expect(warningsOf({ thinking: { type: "disabled" } }, nova)).toEqual([]);
});

test("tools that Anthropic defines go to Claude as they are, others of its own are refused by name", () => {
  const bash = { type: "bash_20250124", name: "bash" };
  const body = bodyOf({ tools: [tool, bash] });
  expect(body.additionalModelRequestFields).toEqual({ tools: [bash] });
  expect(body.toolConfig).toEqual({
    tools: [{ toolSpec: { name: "weather", inputSchema: { json: { type: "object" } } } }],
  });
  expect(refusedOf({ tools: [bash] }, nova)).toMatchObject({
    code: "unsupported_by_model",
    param: "tools[0].type",
  });
  expect(refusedOf({ tools: [{ type: "web_search_20250305", name: "web_search" }] })).toMatchObject({
    code: "unsupported_parameter",
  });
});

test.each([
  [{ type: "auto" }, undefined, undefined],
  [{ type: "any" }, { any: {} }, undefined],
  [{ type: "tool", name: "weather" }, { tool: { name: "weather" } }, undefined],
  [{ type: "none" }, undefined, { type: "none" }],
  [
    { type: "any", disable_parallel_tool_use: true },
    undefined,
    { type: "any", disable_parallel_tool_use: true },
  ],
])("the tool choice %j is told where Converse or Claude has a word for it", (choice, toolChoice, field) => {
  const body = bodyOf({ tools: [tool], tool_choice: choice });
  expect((body.toolConfig as { toolChoice?: unknown }).toolChoice).toEqual(toolChoice);
  expect((body.additionalModelRequestFields as { tool_choice?: unknown } | undefined)?.tool_choice).toEqual(
    field,
  );
});

test("a model without the choice none gets no tools, or with tool blocks in the history a toolConfig all the same", () => {
  const none = { tools: [tool], tool_choice: { type: "none" } };
  expect(bodyOf(none, nova)).not.toHaveProperty("toolConfig");
  const messages = [
    user,
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "news", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
  ];
  expect(bodyOf({ ...none, messages }, nova)).toMatchObject({
    toolConfig: { tools: [{ toolSpec: { name: "weather" } }] },
  });
  expect(bodyOf({ messages }, nova)).toMatchObject({
    toolConfig: { tools: [{ toolSpec: { name: "news" } }] },
  });
});

test("a cache's scope is no part of its cache point", () => {
  const scoped = { cache_control: { type: "ephemeral", scope: "global" } };
  expect(bodyOf(scoped)).toEqual(bodyOf({ cache_control: { type: "ephemeral" } }));
});

test("edits of the context, which only save tokens, are left out with a warning", () => {
  const edits = { context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] } };
  expect(bodyOf(edits)).toEqual(bodyOf({}));
  expect(warningsOf(edits, claude)).toEqual([expect.stringContaining("context_management")]);
  expect(refusedOf({ context_management: 7 })?.param).toBe("context_management");
});

test("a forced tool must be among the tools", () => {
  expect(refusedOf({ tools: [tool], tool_choice: { type: "tool", name: "news" } })?.param).toBe(
    "tool_choice",
  );
  expect(refusedOf({ tool_choice: { type: "any" } })?.param).toBe("tool_choice");
});

test("an answer's schema becomes Converse's text format, by its newer and its older name", () => {
  const format = { type: "json_schema", schema: { type: "object", additionalProperties: false } };
  const expected = {
    textFormat: {
      type: "json_schema",
      structure: { jsonSchema: { name: "answer", schema: JSON.stringify(format.schema) } },
    },
  };
  expect(bodyOf({ output_config: { format } }).outputConfig).toEqual(expected);
  expect(bodyOf({ output_format: format }).outputConfig).toEqual(expected);
});

test("a model without structured output answers a schema by the input of a tool that is forced, any of its own beside it", () => {
  const format = { type: "json_schema", schema: { properties: { city: { type: "string" } } } };
  const answerTool = { toolSpec: { name: answerToolName, inputSchema: { json: format.schema } } };
  expect(translate({ output_format: format }, nova)).toMatchObject({
    answersByTool: true,
    body: { toolConfig: { tools: [answerTool], toolChoice: { tool: { name: answerToolName } } } },
  });
  expect(bodyOf({ output_config: { format }, tools: [tool] }, nova)).toMatchObject({
    toolConfig: { tools: [{ toolSpec: { name: "weather" } }, answerTool], toolChoice: { any: {} } },
  });
});

test("limits, sampling, tier and user are told, and Claude is asked which sequence stopped it", () => {
  const body = bodyOf({
    temperature: 0.5,
    top_p: 0.9,
    stop_sequences: ["X", "Y"],
    service_tier: "standard_only",
    metadata: { user_id: "user-1" },
  });
  expect(body).toMatchObject({
    inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ["X", "Y"] },
    serviceTier: { type: "default" },
    requestMetadata: { user_id: "user-1" },
    additionalModelResponseFieldPaths: ["/stop_sequence"],
  });
  expect(warningsOf({ metadata: { user_id: "{é}" } }, claude)).toHaveLength(1);
});

test("documents get names that Bedrock takes, each its own, and their titles are kept for citations", () => {
  const document = (title: string | undefined) => ({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "x" },
    title,
    context: "c",
    citations: { enabled: true },
  });
  const content = ["Q3: “numbers”", "Q3 numbers", undefined].map(document);
  const translated = translate({ messages: [{ role: "user", content }] });
  expect(translated).toMatchObject({
    documentTitles: ["Q3: “numbers”", "Q3 numbers", null],
    body: {
      messages: [
        {
          content: ["Q3 numbers", "Q3 numbers 2", "Document 3"].map((name) => ({
            document: {
              name,
              format: "txt",
              source: { text: "x" },
              context: "c",
              citations: { enabled: true },
            },
          })),
        },
      ],
    },
  });
});

test.each([
  [{ container: "c" }, "container"],
  [
    { messages: [{ role: "user", content: [{ type: "text", text: "a", color: 1 }] }] },
    "messages[0].content[0].color",
  ],
  [{ messages: [{ role: "user", content: [{ type: "server_tool_use" }] }] }, "messages[0].content[0]"],
  [
    { messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "x" } }] }] },
    "messages[0].content[0].source",
  ],
  [{ output_config: { verbosity: 1 } }, "output_config.verbosity"],
])("what is not served is refused by name: %j", (more, param) => {
  expect(refusedOf(more)).toMatchObject({ code: "unsupported_parameter", param });
});

test("a member that is null was not sent", () => {
  expect(refusedOf({ container: null, speed: null, mcp_servers: null })).toBeUndefined();
});
