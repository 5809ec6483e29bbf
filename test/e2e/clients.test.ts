/** Tenants call with the SDKs they have; every answer is right, and every token of it is in the ledger. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ConverseCommand,
  ConverseStreamCommand,
  type Message,
  type Tool,
} from "@aws-sdk/client-bedrock-runtime";
import type OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { bedrockClient, openAiClient, readStream } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";
const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};
const twoCalls = 'Please. [[tool=weather {"city":"Oslo"}]] [[tool=clock {}]]';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.close());

test("the OpenAI SDK gets whole and streamed answers with images, tools, stops and limits, all of them in the ledger", async () => {
  const tenant = await platform.createTenant();
  const openai = openAiClient(platform.url, tenant);
  const ask = (content: string, more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
    openai.chat.completions.create({ model, messages: [{ role: "user", content }], ...more });

  const whole = await ask("Say hello to Ada.");
  expect(whole.choices[0]?.message.content).toContain('You said: "Say hello to Ada."');
  expect(whole.choices[0]?.finish_reason).toBe("stop");
  expect(whole.usage?.prompt_tokens).toBeGreaterThan(0);

  const withSystem = await openai.chat.completions.create({
    model,
    messages: [
      { role: "system", content: "You are a clerk who answers in one line." },
      { role: "user", content: "Say hello to Ada." },
    ],
  });
  expect(withSystem.usage?.prompt_tokens).toBeGreaterThan(whole.usage?.prompt_tokens ?? 0);

  const url = `data:image/png;base64,${onePixel.toString("base64")}`;
  const withImage = await openai.chat.completions.create({
    model,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url } },
        ],
      },
    ],
  });
  expect(withImage.choices[0]?.message.content).toContain("I was shown 1 image");

  const stopped = await ask("first HALT second", { stop: "HALT" });
  expect(stopped.choices[0]?.message.content).toMatch(/You said: "first $/);
  expect(stopped.choices[0]?.finish_reason).toBe("stop");

  const short = await ask("[[tokens=500]]", { max_tokens: 7 });
  expect(short.choices[0]?.finish_reason).toBe("length");
  expect(short.usage?.completion_tokens).toBe(7);

  const stream = await openai.chat.completions.create({
    model,
    messages: [{ role: "user", content: "[[tokens=120]]" }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let usage: OpenAI.CompletionUsage | null | undefined;
  let finish: string | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  expect(text).toMatch(/^\[simulated by aws-local\]/);
  expect(finish).toBe("stop");
  expect(usage?.completion_tokens).toBe(120);

  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries).toHaveLength(6);
  expect(new Set(entries.map(({ wire, status, apiKeyId }) => `${wire} ${status} ${apiKeyId}`))).toEqual(
    new Set([`openai.chat completed ${tenant.apiKeyId}`]),
  );
  expect(entries.at(-1)?.tokens.output).toBe(120);
});

test("the OpenAI SDK works a tool loop with parallel calls through to the final answer", async () => {
  const tenant = await platform.createTenant();
  const openai = openAiClient(platform.url, tenant);
  const tools: OpenAI.ChatCompletionTool[] = [
    {
      type: "function",
      function: { name: "weather", description: "Weather of a city.", parameters: weather },
    },
    { type: "function", function: { name: "clock", parameters: { type: "object", properties: {} } } },
  ];
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: twoCalls }];

  const asked = await openai.chat.completions.create({ model, messages, tools });
  const message = asked.choices[0]?.message;
  expect(asked.choices[0]?.finish_reason).toBe("tool_calls");
  const calls = message?.tool_calls?.filter((call) => call.type === "function") ?? [];
  expect(calls.map(({ function: { name, arguments: json } }) => [name, JSON.parse(json)])).toEqual([
    ["weather", { city: "Oslo" }],
    ["clock", {}],
  ]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);

  // The SDK's own helper puts the streamed pieces together.
  const streamed = await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
  expect(
    streamed.choices[0]?.message.tool_calls?.map((call) => "function" in call && call.function.name),
  ).toEqual(["weather", "clock"]);

  const final = await openai.chat.completions.create({
    model,
    tools,
    messages: [
      ...messages,
      ...(message ? [message] : []),
      ...calls.map(({ id, function: { name } }) => ({
        role: "tool" as const,
        tool_call_id: id,
        content: name === "weather" ? "12 degrees" : "half past nine",
      })),
    ],
  });
  expect(final.choices[0]?.finish_reason).toBe("stop");
  expect(final.choices[0]?.message.content).toContain("The tool answered: 12 degrees");
  expect(final.choices[0]?.message.content).toContain("The tool answered: half past nine");
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});

test("the OpenAI SDK lists the models, with their names as Bedrock has them", async () => {
  const openai = openAiClient(platform.url, await platform.createTenant());
  const ids: string[] = [];
  for await (const { id } of openai.models.list()) {
    ids.push(id);
  }
  expect(ids).toContain(model);
  await expect(openai.models.retrieve(model)).resolves.toMatchObject({ id: model, object: "model" });
  await expect(openai.models.retrieve("no-such-model")).rejects.toMatchObject({
    status: 404,
    code: "model_not_found",
  });
});

test.each([
  ["HTTP/2, its default", false],
  ["HTTP/1.1", true],
])(
  "the AWS SDK over %s gets whole and streamed answers, tools and stops, all of them in the ledger",
  async (_, http1) => {
    const tenant = await platform.createTenant();
    const bedrock = bedrockClient(platform.url, tenant, { http1 });
    const ask = (text: string) => [{ role: "user" as const, content: [{ text }] }];

    const whole = await bedrock.send(
      new ConverseCommand({
        modelId: model,
        system: [{ text: "You are a clerk." }],
        messages: [
          {
            role: "user",
            content: [{ text: "Say hello." }, { image: { format: "png", source: { bytes: onePixel } } }],
          },
        ],
        inferenceConfig: { maxTokens: 200, temperature: 0 },
      }),
    );
    expect(whole.output?.message?.content?.[0]?.text).toContain("I was shown 1 image");
    expect(whole.stopReason).toBe("end_turn");
    expect(whole.$metadata.requestId).toMatch(/^req_/);

    const stopped = await bedrock.send(
      new ConverseCommand({
        modelId: model,
        messages: ask("first HALT second"),
        inferenceConfig: { stopSequences: ["HALT"] },
      }),
    );
    expect(stopped.stopReason).toBe("stop_sequence");

    const { stream } = await bedrock.send(
      new ConverseStreamCommand({
        modelId: model,
        messages: ask("[[tokens=90]]"),
        inferenceConfig: { maxTokens: 60 },
      }),
    );
    expect(await readStream(stream)).toMatchObject({ stopReason: "max_tokens", usage: { outputTokens: 60 } });

    const tools: Tool[] = [
      { toolSpec: { name: "weather", inputSchema: { json: weather } } },
      { toolSpec: { name: "clock", inputSchema: { json: { type: "object" } } } },
    ];
    const messages: Message[] = ask(twoCalls);
    const asked = await bedrock.send(
      new ConverseCommand({ modelId: model, messages, toolConfig: { tools } }),
    );
    expect(asked.stopReason).toBe("tool_use");
    const uses = asked.output?.message?.content?.flatMap(({ toolUse }) => toolUse ?? []) ?? [];
    expect(uses.map(({ name, input }) => [name, input])).toEqual([
      ["weather", { city: "Oslo" }],
      ["clock", {}],
    ]);
    const final = await bedrock.send(
      new ConverseStreamCommand({
        modelId: model,
        toolConfig: { tools },
        messages: [
          ...messages,
          ...(asked.output?.message ? [asked.output.message] : []),
          {
            role: "user",
            content: uses.map(({ toolUseId }) => ({
              toolResult: { toolUseId, content: [{ text: "12 degrees" }] },
            })),
          },
        ],
      }),
    );
    expect((await readStream(final.stream)).text).toContain("The tool answered: 12 degrees");

    const entries = await expectBooksToBalance(platform, tenant.id);
    expect(entries.map(({ requestId }) => requestId)).toContain(whole.$metadata.requestId);
    expect(entries.map(({ wire }) => wire).sort()).toEqual([
      ...Array(3).fill("bedrock.converse"),
      ...Array(2).fill("bedrock.converse-stream"),
    ]);
    bedrock.destroy();
  },
);

test("what a prompt cache wrote and read is billed by class, as Bedrock told it", async () => {
  const tenant = await platform.createTenant();
  const bedrock = bedrockClient(platform.url, tenant, { http1: true });
  const call = (ttl: "5m" | "1h") =>
    bedrock.send(
      new ConverseCommand({
        modelId: "us.anthropic.claude-sonnet-4-6",
        system: [
          { text: `A long rule, kept for ${ttl}. `.repeat(40) },
          { cachePoint: { type: "default", ttl } },
        ],
        messages: [{ role: "user", content: [{ text: "Go." }] }],
      }),
    );
  for (const ttl of ["5m", "5m", "1h", "1h"] as const) {
    await call(ttl);
  }
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(
    entries.map(({ tokens }) => [tokens.cacheWrite5m > 0, tokens.cacheWrite1h > 0, tokens.cacheRead > 0]),
  ).toEqual([
    [true, false, false],
    [false, false, true],
    [false, true, false],
    [false, false, true],
  ]);
  bedrock.destroy();
});

test("the native routes hand on what Caprock does not know, to Bedrock and back, byte by byte in streams", async () => {
  const tenant = await platform.createTenant();
  const seen: { body: unknown; answer: Buffer }[] = [];
  const relay = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const answer = await fetch(`${platform.awsLocal.url}${request.url}`, {
      method: "POST",
      headers: { authorization: String(request.headers.authorization), "content-type": "application/json" },
      body,
    });
    const type = answer.headers.get("content-type") ?? "";
    const original = Buffer.from(await answer.arrayBuffer());
    const sent =
      type === "application/json"
        ? Buffer.from(JSON.stringify({ ...JSON.parse(original.toString()), laterMember: { seen: true } }))
        : original;
    seen.push({ body: JSON.parse(body.toString()), answer: sent });
    response.writeHead(answer.status, { "content-type": type }).end(sent);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const relayUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const api = await platform.startApi({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: relayUrl });
  const body = {
    messages: [{ role: "user", content: [{ text: "Hi" }], laterMember: 1 }],
    inferenceConfig: { maxTokens: 50, laterMember: [1, { two: null }] },
    additionalModelRequestFields: { top_k: 3 },
    additionalModelResponseFieldPaths: ["/stop_sequence"],
    laterMember: { deep: ["kept"] },
  };
  const post = (operation: string) =>
    fetch(`${api.url}/model/${encodeURIComponent(model)}/${operation}`, {
      method: "POST",
      headers: { "x-api-key": tenant.apiKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  try {
    const whole = await post("converse");
    expect(await whole.json()).toMatchObject({ laterMember: { seen: true }, stopReason: "end_turn" });
    const streamed = await post("converse-stream");
    expect(Buffer.from(await streamed.arrayBuffer()).equals(seen[1]?.answer ?? Buffer.alloc(0))).toBe(true);
    expect(seen.map((call) => call.body)).toEqual([
      expect.objectContaining(body),
      expect.objectContaining(body),
    ]);
    expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(2);
  } finally {
    relay.closeAllConnections();
    relay.close();
  }
});
