import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeout = { timeout: 60_000 };
const startMs = Date.parse("2026-11-22T12:00:00Z");
let api: OpenApi;
let key: string;

beforeAll(async () => {
  api = await openApi(startMs);
  key = (await api.newTenant()).apiKey;
}, timeout.timeout);
afterAll(() => api.close());

const send = (path: string, body: unknown) => api.send("POST", path, { key, body });
const embed = (more: object) => send("/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", ...more });
const draw = (more: object) =>
  send("/v1/images/generations", { model: "stability.stable-image-core-v1:1", prompt: "A river", ...more });

test.each<[string, () => Promise<Response>, string | null, string]>([
  ["tokens as input", () => embed({ input: [1, 2] }), "input", "unsupported_parameter"],
  ["lists of tokens", () => embed({ input: [[1], [2]] }), "input", "unsupported_parameter"],
  ["an empty text", () => embed({ input: ["a", ""] }), "input[1]", "invalid_request"],
  ["no input", () => embed({}), "input", "invalid_request"],
  ["too many texts", () => embed({ input: Array(2_049).fill("a") }), "input", "invalid_request"],
  ["odd dimensions", () => embed({ input: "a", dimensions: 77 }), "dimensions", "invalid_request"],
  ["an unknown member", () => embed({ input: "a", truncate: true }), "truncate", "unsupported_parameter"],
  [
    "an odd encoding",
    () => embed({ input: "a", encoding_format: "hex" }),
    "encoding_format",
    "invalid_request",
  ],
  ["a chat model", () => embed({ input: "a", model: "amazon.nova-lite-v1:0" }), "model", "model_not_found"],
  ["a URL for an image", () => draw({ response_format: "url" }), "response_format", "unsupported_parameter"],
  ["an odd size", () => draw({ size: "256x256" }), "size", "invalid_request"],
  ["eleven images", () => draw({ n: 11 }), "n", "invalid_request"],
  ["a style", () => draw({ style: "vivid" }), "style", "unsupported_parameter"],
  ["a long prompt", () => draw({ prompt: "a".repeat(10_001) }), "prompt", "invalid_request"],
  ["an edit", () => send("/v1/images/edits", {}), null, "unsupported_parameter"],
])("%s is refused by name in OpenAI's shape", timeout, async (_, sending, param, code) => {
  const answer = await sending();
  expect(answer.status).toBe(code === "model_not_found" ? 404 : 400);
  expect(await answer.json()).toMatchObject({ error: { param, code } });
});

test("other methods are told which one is served", timeout, async () => {
  for (const [path, status] of [
    ["/v1/embeddings", 405],
    ["/v1/images/generations", 405],
    // AWS has no such status among its errors.
    ["/model/amazon.nova-lite-v1:0/invoke", 400],
  ] as const) {
    const answer = await api.send("GET", path, { key });
    expect([answer.status, answer.headers.get("allow")]).toEqual([status, "POST"]);
  }
});

test("the list of models tells which embed and which draw", timeout, async () => {
  const { data } = (await (await api.send("GET", "/v1/models", { key })).json()) as {
    data: { id: string; modality: string }[];
  };
  const modalities = Object.fromEntries(data.map(({ id, modality }) => [id, modality]));
  expect(modalities).toMatchObject({
    "cohere.embed-v4:0": "embedding",
    "stability.sd3-5-large-v1:0": "image",
    "amazon.nova-lite-v1:0": "chat",
  });
});

const models = [
  "global.anthropic.claude-haiku-4-5-20251001-v1:0",
  "us.amazon.nova-lite-v1:0",
  "us.meta.llama3-3-70b-instruct-v1:0",
  "openai.gpt-oss-20b-1:0",
  "amazon.titan-embed-text-v2:0",
  "amazon.nova-2-multimodal-embeddings-v1:0",
  "cohere.embed-v4:0",
  "cohere.rerank-v3-5:0",
  "stability.sd3-5-large-v1:0",
];
/** Members that readers look at, with values of any kind. */
const names = fc.constantFrom(
  "max_tokens",
  "max_gen_len",
  "messages",
  "content",
  "source",
  "inferenceConfig",
  "toolConfig",
  "tools",
  "texts",
  "inputText",
  "singleEmbeddingParams",
  "image",
  "prompt",
  "__proto__",
  "input",
  "n",
  "size",
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, 1, 0, -1, 1e300, "", "text", true, [], {}, "1h"),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(names, tie("any"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any;
const body = fc.oneof(value, fc.dictionary(names, value, { maxKeys: 5, noNullPrototype: true }));

test("no body that can be thought of makes a route fail", timeout, async () => {
  const paths = [
    ...models.flatMap((id) => [`/model/${id}/invoke`, `/model/${id}/invoke-with-response-stream`]),
    "/v1/embeddings",
    "/v1/images/generations",
  ];
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), body, async (path, sent) => {
      const isNamed =
        path.startsWith("/v1/") && typeof sent === "object" && sent !== null && !Array.isArray(sent);
      const model = path.includes("images") ? models[8] : models[4];
      const answer = await send(path, isNamed ? { model, ...sent } : sent);
      await answer.arrayBuffer();
      statuses.add(answer.status);
      // The requests of one minute are limited.
      api.clock.advance(1_000);
      expect(answer.status, path).toBeLessThan(500);
    }),
    { numRuns: 150 },
  );
  expect(statuses).not.toContain(429);
});
