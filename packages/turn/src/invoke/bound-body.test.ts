import { allModels } from "@caprock/inference";
import fc from "fast-check";
import { expect, test } from "vitest";
import { boundBody } from "./bound-body.ts";
import { countMembers } from "./count-members.ts";

const modelOf = (start: string) => allModels.find(({ id }) => id.startsWith(start))!;
const bound = (start: string, body: unknown, text = JSON.stringify(body)) =>
  boundBody({ body, bytes: Buffer.from(text) }, modelOf(start));
const claude = (more: object = {}) => ({
  max_tokens: 50,
  messages: [{ role: "user", content: "Hi" }],
  ...more,
});
const nova = (more: object = {}) => ({
  messages: [{ role: "user", content: [{ text: "Hi" }] }],
  inferenceConfig: { maxTokens: 50, ...more },
});

test.each<[string, object, object]>([
  ["anthropic.claude", claude(), { maxOutputTokens: 50 }],
  ["amazon.nova-lite", nova(), { maxOutputTokens: 50 }],
  ["amazon.nova-lite", nova({ max_new_tokens: 70 }), { maxOutputTokens: 70 }],
  ["meta.llama3-3", { prompt: "Hi" }, { maxOutputTokens: 512 }],
  ["meta.llama3-3", { prompt: "Hi", max_gen_len: 9 }, { maxOutputTokens: 9 }],
  ["openai.gpt-oss", { messages: [], max_tokens: 9, max_completion_tokens: 30 }, { maxOutputTokens: 30 }],
  ["mistral.", { messages: [], max_tokens: 9, n: 1 }, { maxOutputTokens: 9 }],
  ["amazon.titan-embed-text", { inputText: "Hi" }, { maxOutputTokens: 0, units: {} }],
  ["amazon.titan-embed-image", { inputImage: "aGk=" }, { units: { inputImage: 1 } }],
  ["stability.", { prompt: "Hi" }, { inputTokensCeiling: 0, units: { image: 1 } }],
  ["anthropic.claude", claude({ system: [{ cache_control: { ttl: "1h" } }] }), { hourCache: true }],
  ["anthropic.claude", claude({ tools: [{ name: "n", input_schema: { properties: { n: {} } } }] }), {}],
])("what %s can use of %j is bounded", (start, body, bounds) => {
  expect(bound(start, body)).toMatchObject({ bounds });
});

test.each<[string, unknown, string | undefined]>([
  ["anthropic.claude", claude({ max_tokens: undefined }), "max_tokens"],
  ["anthropic.claude", claude({ max_tokens: "50" }), "max_tokens"],
  ["anthropic.claude", claude({ max_tokens: 1e9 }), "max_tokens"],
  ["anthropic.claude", claude({ max_completion_tokens: 9 }), "max_completion_tokens"],
  ["anthropic.claude", claude({ tools: [{ type: "web_search_20250305" }] }), "tools"],
  ["anthropic.claude", claude({ mcp_servers: [] }), "mcp_servers"],
  ["anthropic.claude", claude({ anthropic_beta: ["context-1m-2025-08-07"] }), "anthropic_beta"],
  ["anthropic.claude", claude({ speed: "fast" }), "speed"],
  ["anthropic.claude", claude({ service_tier: "priority" }), "service_tier"],
  ["amazon.nova-lite", nova({ maxTokens: undefined }), "inferenceConfig.maxTokens"],
  ["amazon.nova-lite", { ...nova(), maxTokens: 900 }, "maxTokens"],
  ["amazon.nova-lite", { ...nova(), toolConfig: { tools: [{ systemTool: {} }] } }, "toolConfig.tools"],
  [
    "amazon.nova-lite",
    { ...nova(), messages: [{ content: [{ video: { source: { s3Location: { uri: "s3://b/k" } } } }] }] },
    "messages[0].content[0].video.source.s3Location",
  ],
  ["openai.gpt-oss", { messages: [], max_tokens: 5, n: 4 }, "n"],
  ["cohere.embed", { texts: ["a"], images: ["data:"] }, "images"],
  ["amazon.nova-2-multimodal", { singleEmbeddingParams: { video: {} } }, "singleEmbeddingParams.video"],
  ["stability.", { prompt: "Hi", num_results: 3 }, "num_results"],
  ["cohere.rerank", { query: "q", documents: [] }, "model"],
  ["anthropic.claude", [], undefined],
])("what has no bound for %s is refused by name: %j", (start, body, param) => {
  expect(bound(start, body)).toMatchObject({ refused: param === undefined ? {} : { param } });
});

test("an image counts as one image, wherever its bytes stand again as text; what is opaque counts as the window", () => {
  const data = Buffer.alloc(60_000, 7).toString("base64");
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data } };
  const ceiling = (content: object[]) => {
    const bounded = bound("anthropic.claude-haiku", claude({ messages: [{ role: "user", content }] }));
    return "refused" in bounded ? undefined : bounded.bounds.inputTokensCeiling;
  };
  const one = ceiling([image])!;
  expect(one).toBeLessThan(18_000);
  expect(ceiling([image, { type: "text", text: data }])).toBeGreaterThan(one + data.length);
  const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data } };
  expect(ceiling([pdf])).toBe(modelOf("anthropic.claude-haiku").contextWindowTokens);
});

test("a member that is named twice is refused, whatever stands around it", () => {
  const twice = '{"max_tokens":5,"messages":[{"role":"user","content":"a\\"b\\\\"}],"max_\\u0074okens":90}';
  expect(bound("anthropic.claude", JSON.parse(twice), twice)).toMatchObject({
    refused: { code: "invalid_request" },
  });
});

test("members are counted as a parser finds them, in any JSON", () => {
  const membersOf = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? Object.values(value).reduce<number>((sum, one) => sum + membersOf(one), 0) +
        (Array.isArray(value) ? 0 : Object.keys(value).length)
      : 0;
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.nat({ max: 4 }), (json, indent) => {
      const value: unknown = JSON.parse(json);
      expect(countMembers(Buffer.from(JSON.stringify(value, null, indent)))).toBe(membersOf(value));
    }),
  );
});

test("no text is counted as fewer tokens than it has bytes, in any body", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: "binary" }), (extra, text) => {
      const body = JSON.parse(JSON.stringify(claude({ extra, messages: [{ role: "user", content: text }] })));
      const bounded = bound("anthropic.claude-haiku", body);
      if (!("refused" in bounded)) {
        const bytes = Buffer.byteLength(JSON.parse(JSON.stringify(text)) as string);
        expect(bounded.bounds.inputTokensCeiling).toBeGreaterThanOrEqual(bytes);
      }
    }),
  );
});
