/** The real Anthropic SDK calls the API over loopback. */
import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../../http/listen.ts";
import { adminClient } from "../../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../../testing/open-api.ts";

const model = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const nova = "amazon.nova-lite-v1:0";
const llama = "us.meta.llama3-3-70b-instruct-v1:0";
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const weather: Anthropic.Tool = {
  name: "weather",
  description: "The weather in a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const timeout = 60_000;

let api: OpenApi;
let listener: Listener;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  listener = await listen({ fetch: api.fetch, port: 0, host: "127.0.0.1" });
}, timeout);
afterEach(() => {
  api.awsLocal.clearFaults();
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(async () => {
  await listener?.drain(1_000);
  await api?.close();
});

async function open() {
  const { tenant, apiKey } = await api.newTenant();
  const client = new Anthropic({ baseURL: `http://127.0.0.1:${listener.port}`, apiKey, maxRetries: 2 });
  const served = () => api.awsLocal.witness({ tenant: tenant.id }).invocations;
  return { tenant, apiKey, client, served };
}
type Asked = Omit<Anthropic.MessageCreateParamsNonStreaming, "stream">;
const ask = (content: Anthropic.UserMessageParam["content"], more: Partial<Asked> = {}): Asked => ({
  model,
  max_tokens: 300,
  messages: [{ role: "user", content }],
  ...more,
});
const textOf = (message: Anthropic.Message) =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

test.each([model, nova])("%s answers whole, and streamed to the same message", { timeout }, async (name) => {
  const { client, served } = await open();
  const params = ask("Say hello to Ada.", { model: name, system: "You are a clerk." });
  const whole = await client.messages.create(params);
  expect(whole).toMatchObject({ type: "message", role: "assistant", model: name, stop_reason: "end_turn" });
  expect(textOf(whole)).toContain('You said: "Say hello to Ada."');
  const streamed = await client.messages.stream(params).finalMessage();
  expect({ ...streamed, id: "", usage: {} }).toMatchObject({ ...whole, id: "", usage: {} });
  const [first, second] = served();
  for (const [message, invocation] of [
    [whole, first],
    [streamed, second],
  ] as const) {
    expect(message.usage.input_tokens).toBe(invocation?.usage.input);
    expect(message.usage.output_tokens).toBe(invocation?.usage.output);
  }
});

test("a stream's events come in Anthropic's order, with blocks numbered without gaps", {
  timeout,
}, async () => {
  const { client } = await open();
  const asked = ask('[[tool=weather {"city":"Oslo"}]] [[tool=weather {"city":"Rome"}]]', {
    tools: [weather],
  });
  const seen: string[] = [];
  for await (const event of await client.messages.create({ ...asked, stream: true })) {
    const at = "index" in event ? `${event.type} ${event.index}` : event.type;
    if (seen.at(-1) !== at) {
      seen.push(at);
    }
  }
  expect(seen).toEqual([
    "message_start",
    ...[0, 1].flatMap((at) => ["start", "delta", "stop"].map((part) => `content_block_${part} ${at}`)),
    "message_delta",
    "message_stop",
  ]);
});

test("tools are called, whole and streamed, and their results with images are read", {
  timeout,
}, async () => {
  const { client } = await open();
  const question = '[[tool=weather {"city":"Oslo"}]]';
  const asked = ask(question, { tools: [weather], tool_choice: { type: "any" } });
  const whole = await client.messages.create(asked);
  const streamed = await client.messages.stream(asked).finalMessage();
  for (const { content, stop_reason } of [whole, streamed]) {
    expect(content).toMatchObject([{ type: "tool_use", name: "weather", input: { city: "Oslo" } }]);
    expect(stop_reason).toBe("tool_use");
  }
  const answer = await client.messages.create({
    model,
    max_tokens: 300,
    tools: [weather],
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: whole.content as Anthropic.ContentBlockParam[] },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: whole.content[0]?.type === "tool_use" ? whole.content[0].id : "",
            is_error: true,
            content: [
              { type: "text", text: "Rain." },
              { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
            ],
          },
        ],
      },
    ],
  });
  expect(textOf(answer)).toContain("The tool answered: Rain.");
});

test.each([model, nova, llama])(
  "%s answers by a schema, whole and streamed, and beside tools",
  {
    timeout,
  },
  async (name) => {
    const { client } = await open();
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    } as const;
    const asked = ask("Call caprock_answer with a city.", {
      model: name,
      output_config: { format: { type: "json_schema", schema } },
    });
    const answers = [
      await client.messages.create(asked),
      await client.messages.create({ ...asked, tools: [weather], tool_choice: { type: "none" } }),
      ...(name === llama ? [] : [await client.messages.stream(asked).finalMessage()]),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ stop_reason: "end_turn", content: [{ type: "text" }] });
      expect(JSON.parse(textOf(answer))).toEqual({ city: expect.any(String) });
    }
    const parsed = await client.messages.parse({
      ...asked,
      output_config: { format: jsonSchemaOutputFormat(schema) },
    });
    expect(parsed.parsed_output).toEqual({ city: expect.any(String) });
  },
);

test("thinking comes with its signature, whole and streamed, and goes back in the next turn", {
  timeout,
}, async () => {
  const { client, served } = await open();
  const asked = ask("[[think]] Hi", {
    thinking: { type: "enabled", budget_tokens: 1_024 },
    max_tokens: 2_000,
  });
  const whole = await client.messages.create(asked);
  expect(whole.content).toMatchObject([
    { type: "thinking", thinking: expect.stringMatching(/./), signature: expect.stringMatching(/./) },
    { type: "text" },
  ]);
  const streamed = await client.messages.stream(asked).finalMessage();
  expect(streamed.content).toEqual(whole.content);
  expect(served().map(({ usage }) => usage.output)).toEqual([
    whole.usage.output_tokens,
    streamed.usage.output_tokens,
  ]);
  const next = await client.messages.create({
    ...asked,
    messages: [
      ...asked.messages,
      { role: "assistant", content: whole.content as Anthropic.ContentBlockParam[] },
      { role: "user", content: "Go on." },
    ],
  });
  expect(textOf(next)).toContain("I read 3 messages.");
});

test("a system message in mid-conversation reaches the model", { timeout }, async () => {
  const { client } = await open();
  const answer = await client.messages.create({
    ...ask("Hi"),
    messages: [
      { role: "user", content: "Hi" },
      { role: "system", content: "Be brief." },
    ],
  });
  expect(textOf(answer)).toContain("I read 2 messages.");
});

test("images, documents and a stop sequence are read", { timeout }, async () => {
  const { client } = await open();
  const shown = await client.messages.create(
    ask([
      { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
      {
        type: "document",
        title: "Q3: “numbers”",
        source: { type: "text", media_type: "text/plain", data: "Up." },
      },
      { type: "text", text: "What is it?" },
    ]),
  );
  expect(textOf(shown)).toContain("I was shown 1 image");
  const stopped = await client.messages.create(ask("first HALT second", { stop_sequences: ["HALT"] }));
  expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "HALT" });
});

test("what a cache took in and served is told by its lifetime", { timeout }, async () => {
  const { client } = await open();
  const system: Anthropic.TextBlockParam[] = [
    { type: "text", text: "Rule. ".repeat(5_000), cache_control: { type: "ephemeral", ttl: "1h" } },
  ];
  const first = await client.messages.create(ask("Hi", { system }));
  expect(first.usage.cache_creation?.ephemeral_1h_input_tokens).toBeGreaterThan(1_000);
  expect(first.usage.cache_creation_input_tokens).toBe(first.usage.cache_creation?.ephemeral_1h_input_tokens);
  const asked = ask("Hi again", { system });
  const second = await client.messages.stream(asked).finalMessage();
  expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
});

test("tokens are counted by the model where it can, else by Caprock, which a header tells", {
  timeout,
}, async () => {
  const { client, served } = await open();
  const counted = await client.messages
    .countTokens({ model, messages: [{ role: "user", content: "Hi" }] })
    .withResponse();
  expect(counted.response.headers.get("x-caprock-token-count")).toBe("exact");
  const answer = await client.messages.create(ask("Hi"));
  expect(counted.data.input_tokens).toBe(answer.usage.input_tokens);
  const estimated = await client.messages
    .countTokens({ model: nova, messages: [{ role: "user", content: "Hi" }] })
    .withResponse();
  expect(estimated.response.headers.get("x-caprock-token-count")).toBe("estimated");
  expect(estimated.data.input_tokens).toBeGreaterThan(0);
  expect(served()).toHaveLength(1);
});

test("the model list is read by the SDK's pager, and OpenAI's clients still get theirs", {
  timeout,
}, async () => {
  const { client, apiKey } = await open();
  const ids: string[] = [];
  for await (const { id } of client.models.list()) {
    ids.push(id);
  }
  expect(ids).toContain(model);
  expect(await client.models.retrieve(nova)).toMatchObject({ type: "model", display_name: "Nova Lite" });
  const other = await api.send("GET", "/v1/models", { key: apiKey });
  expect(await other.json()).toMatchObject({ object: "list" });
});

test("refusals are the SDK's own typed errors", { timeout }, async () => {
  const { client } = await open();
  const failing = (params: object, from = client) =>
    from.messages.create({ ...ask("Hi"), ...params }).catch((error: unknown) => error);
  const stranger = new Anthropic({ baseURL: `http://127.0.0.1:${listener.port}`, apiKey: "nobody" });
  expect(await failing({}, stranger)).toBeInstanceOf(Anthropic.AuthenticationError);
  expect(await failing({ model: "nothing" })).toBeInstanceOf(Anthropic.NotFoundError);
  const unknown = await failing({ mcp_servers: [] });
  expect(unknown).toBeInstanceOf(Anthropic.BadRequestError);
  expect(unknown).toMatchObject({
    requestID: expect.stringMatching(/./),
    error: { type: "error", error: { type: "invalid_request_error", param: "mcp_servers" } },
  });
  const url = { type: "image", source: { type: "url", url: "https://example.com/a.png" } };
  expect(await failing({ messages: [{ role: "user", content: [url] }] })).toMatchObject({
    status: 400,
    error: { error: { code: "unsupported_parameter" } },
  });
});

test("a spent budget is a billing_error that is not tried again", { timeout }, async () => {
  const { client, tenant, served } = await open();
  await adminClient(api).updateTenant({
    params: { tenantId: tenant.id },
    body: { monthlyCapUsd: "0.000001" },
  });
  const failure = await client.messages.create(ask("Hi")).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Anthropic.APIError);
  expect(failure).toMatchObject({
    status: 402,
    error: { error: { type: "billing_error", code: "budget_exceeded" } },
  });
  expect((failure as InstanceType<typeof Anthropic.APIError>).headers?.get("x-should-retry")).toBe("false");
  expect(served()).toEqual([]);
});

test("an error in mid-stream is thrown from the stream, after the text before it was given out", {
  timeout,
}, async () => {
  const { client, tenant } = await open();
  api.awsLocal.addFault({ service: "bedrock", kind: "exception", afterEvents: 4, tenant: tenant.id });
  const asked = ask("[[tokens=50]]");
  let text = "";
  const stream = client.messages.stream(asked).on("text", (piece) => {
    text += piece;
  });
  const failure = await stream.finalMessage().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Anthropic.APIError);
  expect(failure).toMatchObject({
    error: { type: "error", error: { code: expect.stringMatching(/^upstream_/) } },
  });
  expect(text).not.toBe("");
});

test("a reader that leaves ends the call", { timeout }, async () => {
  const { client, served } = await open();
  api.awsLocal.setSpeed({ tokensPerSecond: 50 });
  const asked = ask("[[tokens=250]]");
  const stream = client.messages.stream(asked);
  stream.on("text", () => stream.abort());
  await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
  await expect.poll(() => served()[0]?.status, { timeout: 10_000 }).toBe("aborted");
});

test("a beta that nobody knows here is warned of, and the call is made", { timeout }, async () => {
  const { client } = await open();
  const { response } = await client.messages
    .create(ask("Hi"), { headers: { "anthropic-beta": "interleaved-thinking-2025-05-14,moon-2030-01-01" } })
    .withResponse();
  expect(response.headers.get("x-caprock-warning")).toBe("anthropic-beta moon-2030-01-01 has no effect here");
});
