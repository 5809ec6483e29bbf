/** The real OpenAI SDK against the whole API, over loopback: chat completions. */
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeout = 60_000;
const nova = "amazon.nova-lite-v1:0";
const claude = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const llama = "us.meta.llama4-scout-17b-instruct-v1:0";

let api: OpenApi;
let listener: Listener;
let client: OpenAI;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-22T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
  const { apiKey } = await api.newTenant();
  client = new OpenAI({ baseURL: `http://127.0.0.1:${listener.port}/v1`, apiKey, maxRetries: 0 });
}, timeout);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

const user = (content: string) => [{ role: "user" as const, content }];
const tool = (name: string) => ({
  type: "function" as const,
  function: {
    name,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
});
const closedSchema = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
  additionalProperties: false,
};
const openSchema = { ...closedSchema, additionalProperties: true };
const formatOf = (schema: Record<string, unknown>) => ({
  type: "json_schema" as const,
  json_schema: { name: "trip", schema },
});

test.each([true, false])("parallel tool calls come whole, streamed: %j", { timeout }, async (stream) => {
  const asked = {
    model: nova,
    messages: user('[[tool=weather {"city":"Oslo"}]] [[tool=news {"city":"Rome"}]]'),
    tools: [tool("weather"), tool("news")],
  };
  const completion = stream
    ? await client.chat.completions.stream(asked).finalChatCompletion()
    : await client.chat.completions.create(asked);
  const choice = completion.choices[0]!;
  expect(choice.finish_reason).toBe("tool_calls");
  expect(choice.message.tool_calls).toMatchObject([
    { type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
    { type: "function", function: { name: "news", arguments: '{"city":"Rome"}' } },
  ]);
});

test.each([
  ["by its own structured output", claude, closedSchema],
  ["by the answer tool, for an open schema", claude, openSchema],
  ["by the answer tool", nova, closedSchema],
])("an answer follows a JSON schema %s, streamed and not", { timeout }, async (_, model, schema) => {
  const asked = { model, messages: user("Plan a trip."), response_format: formatOf(schema), max_tokens: 200 };
  const whole = await client.chat.completions.create(asked);
  const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
  for (const { choices } of [whole, streamed]) {
    expect(JSON.parse(choices[0]!.message.content ?? "")).toEqual({ city: "example", days: 1 });
    expect(choices[0]!.message.tool_calls ?? []).toEqual([]);
    expect(choices[0]!.finish_reason).toBe("stop");
  }
});

test("the SDK's own parse helper reads a structured answer", { timeout }, async () => {
  const completion = await client.chat.completions.parse({
    model: nova,
    messages: user("Plan a trip."),
    response_format: formatOf(closedSchema),
  });
  expect(completion.choices[0]!.message.parsed).toEqual({ city: "example", days: 1 });
});

test("json_object is any object; beside tools the model may still call them", { timeout }, async () => {
  const asked = { model: nova, response_format: { type: "json_object" as const }, tools: [tool("weather")] };
  const answered = await client.chat.completions.create({ ...asked, messages: user("Hello, as JSON") });
  expect(answered.choices[0]!.message.tool_calls?.[0]).toMatchObject({ function: { name: "weather" } });
  const plain = await client.chat.completions.create({
    ...asked,
    tools: [],
    messages: user("Hello, as JSON"),
  });
  expect(JSON.parse(plain.choices[0]!.message.content ?? "")).toEqual({});
});

test("a model that cannot be held to JSON while it streams is refused by name", { timeout }, async () => {
  const asked = client.chat.completions.create({
    model: llama,
    stream: true,
    messages: user("Plan a trip."),
    response_format: { type: "json_object" },
  });
  await expect(asked).rejects.toMatchObject({
    status: 400,
    code: "unsupported_by_model",
    param: "response_format",
  });
});

test("a session's tool call is answered in its next request, and a structured answer is kept as text", {
  timeout,
}, async () => {
  const headers = { "x-caprock-session": "chat-1" };
  const ask = (messages: OpenAI.ChatCompletionMessageParam[], more: object = {}) =>
    client.chat.completions.create({ model: nova, messages, ...more }, { headers });
  const called = await ask(user("use weather"), { tools: [tool("weather")] });
  const { id } = called.choices[0]!.message.tool_calls![0]!;
  await ask([{ role: "tool", tool_call_id: id, content: "Rain." }], { tools: [tool("weather")] });
  await ask(user("As JSON."), { response_format: { type: "json_object" } });
  const { choices } = await ask(user("And now?"));
  expect(choices[0]!.message.content).toContain("I read 7 messages");
});

test("what is ignored is told in a header, what is mapped is not", { timeout }, async () => {
  const { response } = await client.chat.completions
    .create({
      model: nova,
      messages: user("Hi"),
      seed: 7,
      prompt_cache_key: "k",
      user: "u",
      temperature: 0.5,
      store: false,
    })
    .withResponse();
  const warning = response.headers.get("x-caprock-warning");
  expect(warning).toMatch(/^seed is ignored: .*; prompt_cache_key is ignored: /);
  expect(warning).not.toMatch(/temperature|store|user/);
});

test("images and documents are sent as data URLs; one by address is refused by name", {
  timeout,
}, async () => {
  const text = { type: "text" as const, text: "What is this?" };
  const { choices } = await client.chat.completions.create({
    model: nova,
    messages: [
      {
        role: "user",
        content: [
          text,
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          {
            type: "file",
            file: { filename: "contract.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
          },
        ],
      },
    ],
  });
  expect(choices[0]!.message.content).toContain("I was shown 1 image");
  const remote = client.chat.completions.create({
    model: nova,
    messages: [
      { role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] },
    ],
  });
  await expect(remote).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  await expect(remote).rejects.toMatchObject({ param: "messages[0].content[0]" });
});

test("service_tier asks for Bedrock's tier, and the answer tells which served", { timeout }, async () => {
  const { service_tier: tier } = await client.chat.completions.create({
    model: "openai.gpt-oss-20b-1:0",
    messages: user("Hi"),
    service_tier: "flex",
  });
  expect(tier).toBe("flex");
  const unpriced = client.chat.completions.create({
    model: nova,
    messages: user("Hi"),
    service_tier: "flex",
  });
  await expect(unpriced).rejects.toMatchObject({ code: "model_unpriced", param: "service_tier" });
});

test("a reader who leaves ends the call", { timeout }, async () => {
  api.awsLocal.setSpeed({ tokensPerSecond: 50 });
  const stream = await client.chat.completions.create({
    model: nova,
    stream: true,
    messages: user("[[tokens=400]]"),
  });
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) {
      break;
    }
  }
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
  await expect.poll(() => api.awsLocal.witness({}).invocations.at(-1)?.status).toBe("aborted");
});

test.each([
  ["/v1/moderations", "Moderations"],
  ["/v1/responses/input_tokens", "Counting a response's input"],
  ["/v1/responses/compact", "Compacting"],
  ["/v1/audio/speech", "Audio"],
  ["/v1/fine_tuning/jobs", "Fine-tuning"],
])("%s is refused in words, in OpenAI's shape", async (path, word) => {
  const response = await api.send("POST", path, { body: {} });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: { code: "not_found", type: "invalid_request_error", message: expect.stringContaining(word) },
  });
});

test("what the model thought comes as reasoning_content, whole and streamed", async () => {
  const asked = {
    model: nova,
    messages: user("[[think]] Hi"),
  };
  const whole = (await client.chat.completions.create(asked)).choices[0]?.message as object;
  expect(whole).toMatchObject({ reasoning_content: expect.stringMatching(/./) });
  let thought = "";
  for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true })) {
    const { reasoning_content: piece = "" } = (choices[0]?.delta ?? {}) as { reasoning_content?: string };
    thought += piece;
  }
  expect(whole).toHaveProperty("reasoning_content", thought);
});
