/** InvokeModel, embeddings and images with the SDKs that tenants have: every token and every image is in the ledger. */
import {
  InvokeModelCommand,
  type InvokeModelCommandInput,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, openHolds, readLedger, until } from "../platform/accounting.ts";
import { bedrockClient, openAiClient } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.close());

const said = "Say it. [[tokens=30]]";
const chat = (more: object) => ({ messages: [{ role: "user", content: said }], ...more });
const bodies: [modelId: string, body: object][] = [
  [
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    chat({ anthropic_version: "bedrock-2023-05-31", max_tokens: 100, futureMember: { a: 1 } }),
  ],
  [
    "us.amazon.nova-lite-v1:0",
    { messages: [{ role: "user", content: [{ text: said }] }], inferenceConfig: { maxTokens: 100 } },
  ],
  ["us.meta.llama3-3-70b-instruct-v1:0", { prompt: said, max_gen_len: 100 }],
  ["mistral.mistral-large-3-675b-instruct", chat({ max_tokens: 100 })],
  ["openai.gpt-oss-120b-1:0", chat({ max_completion_tokens: 100 })],
  ["us.deepseek.v3.2", chat({ max_tokens: 100 })],
  ["qwen.qwen3-32b-v1:0", chat({ max_tokens: 100 })],
];

const inputOf = (modelId: string, body: object, more: Partial<InvokeModelCommandInput> = {}) => ({
  modelId,
  body: JSON.stringify(body),
  contentType: "application/json",
  accept: "application/json",
  ...more,
});

/** What a stream's chunks say, and how the last one ends. */
async function readChunks(
  stream: AsyncIterable<{
    chunk?: { bytes?: Uint8Array | undefined } | undefined;
  }> = (async function* () {})(),
) {
  const chunks: Record<string, unknown>[] = [];
  for await (const { chunk } of stream) {
    chunks.push(JSON.parse(Buffer.from(chunk?.bytes ?? []).toString("utf8")));
  }
  return chunks;
}

test("the AWS SDK invokes each vendor's models, whole and streamed, over HTTP/2 and HTTP/1.1", async () => {
  const tenant = await platform.createTenant();
  for (const http1 of [false, true]) {
    const client = bedrockClient(platform.url, tenant, { http1 });
    for (const [modelId, body] of bodies) {
      const whole = await client.send(
        new InvokeModelCommand(
          inputOf(modelId, body, { requestMetadata: JSON.stringify({ team: "blue", name: "x" }) }),
        ),
      );
      expect(whole.contentType).toBe("application/json");
      expect(whole.body.transformToString(), modelId).toContain("simulated by aws-local");
      const { body: stream } = await client.send(
        new InvokeModelWithResponseStreamCommand(inputOf(modelId, body)),
      );
      const chunks = await readChunks(stream);
      expect(chunks.length, modelId).toBeGreaterThan(3);
      expect(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]).toMatchObject({ outputTokenCount: 30 });
    }
    client.destroy();
  }
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries).toHaveLength(2 * 2 * bodies.length);
  expect(new Set(entries.map(({ wire }) => wire))).toEqual(
    new Set(["bedrock.invoke", "bedrock.invoke-stream"]),
  );
  expect(entries.every(({ tokens }) => tokens.output === 30)).toBe(true);
  const { invocations } = platform.awsLocal.witness({ tenant: tenant.id });
  expect(invocations.filter(({ requestMetadata }) => requestMetadata.team === "blue")).toHaveLength(
    2 * bodies.length,
  );
});

test("cache writes of five minutes and of an hour, and reads, are billed as such", async () => {
  const tenant = await platform.createTenant();
  const client = bedrockClient(platform.url, tenant);
  const body = (ttl: "5m" | "1h") => ({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 50,
    system: [
      { type: "text", text: `Be kind ${ttl}. `.repeat(60), cache_control: { type: "ephemeral", ttl } },
    ],
    messages: [{ role: "user", content: "Hello" }],
  });
  const model = bodies[0]?.[0] ?? "";
  for (const ttl of ["5m", "1h"] as const) {
    await client.send(new InvokeModelCommand(inputOf(model, body(ttl))));
    await client.send(new InvokeModelCommand(inputOf(model, body(ttl))));
  }
  const streamed = {
    ...body("1h"),
    system: [{ type: "text", text: "Another. ".repeat(60), cache_control: { type: "ephemeral", ttl: "1h" } }],
  };
  const { body: stream } = await client.send(
    new InvokeModelWithResponseStreamCommand(inputOf(model, streamed)),
  );
  await readChunks(stream);
  client.destroy();
  const entries = await expectBooksToBalance(platform, tenant.id);
  const classes = ["cacheWrite5m", "cacheWrite1h", "cacheRead"] as const;
  expect(classes.map((name) => entries.filter(({ tokens }) => tokens[name] > 0).length)).toEqual([1, 2, 2]);
});

test("the OpenAI SDK embeds texts with every embedding model, in its default form and as numbers", async () => {
  const tenant = await platform.createTenant();
  const openai = openAiClient(platform.url, tenant);
  const input = ["The river.", "A mountain", "The river."];
  const models = [
    ["amazon.titan-embed-text-v2:0", 1_024],
    ["amazon.nova-2-multimodal-embeddings-v1:0", 3_072],
    ["cohere.embed-v4:0", 1_536],
  ] as const;
  for (const [model, dimensions] of models) {
    const { data, usage } = await openai.embeddings.create({ model, input });
    const asNumbers = await openai.embeddings.create({ model, input, encoding_format: "float" });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(data.map(({ embedding }) => embedding)).toEqual(asNumbers.data.map(({ embedding }) => embedding));
    const [river, mountain, again] = data.map(({ embedding }) => embedding);
    expect(river).toHaveLength(dimensions);
    expect(again).toEqual(river);
    expect(mountain).not.toEqual(river);
    expect(Math.hypot(...(river ?? []))).toBeCloseTo(1, 4);
    expect(usage.prompt_tokens).toBeGreaterThan(0);
    const short = await openai.embeddings.create({ model, input: "One text", dimensions: 256 });
    expect(short.data[0]?.embedding).toHaveLength(256);
  }
  const many = await openai.embeddings.create({
    model: "amazon.titan-embed-text-v2:0",
    input: Array.from({ length: 40 }, (_, index) => `Text ${index}`),
    dimensions: 256,
  });
  expect(new Set(many.data.map(({ embedding }) => JSON.stringify(embedding))).size).toBe(40);
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries).toHaveLength(3 * models.length + 1);
  expect(entries.map(({ tokens }) => tokens.output)).toEqual(entries.map(() => 0));
});

test("the OpenAI SDK draws images that are PNGs, and each is billed", async () => {
  const tenant = await platform.createTenant();
  const openai = openAiClient(platform.url, tenant);
  const model = "stability.stable-image-core-v1:1";
  const { data = [] } = await openai.images.generate({ model, prompt: "A river", n: 3, size: "1536x1024" });
  expect(data).toHaveLength(3);
  for (const { b64_json = "" } of data) {
    expect(Buffer.from(b64_json, "base64").subarray(1, 4).toString("latin1")).toBe("PNG");
  }
  await expect(openai.images.generate({ model, prompt: "[[filtered]]" })).rejects.toMatchObject({
    status: 400,
    code: "upstream_rejected",
  });
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries.map(({ unitLines, costUsd }) => [unitLines.map(({ count }) => count), costUsd])).toEqual(
    expect.arrayContaining([
      [[3], "0.120000000"],
      [[], "0.000000000"],
    ]),
  );
});

test("calls that die in the middle are settled by the log: chunks left at any position, and texts and images that were cut", async () => {
  const tenant = await platform.createTenant();
  const { awsLocal } = platform;
  awsLocal.setSpeed({ tokensPerSecond: 20 });
  const client = bedrockClient(platform.url, tenant, { http1: true, maxAttempts: 1 });
  const [modelId = "", body = {}] = bodies[0] ?? [];
  const positions = Array.from({ length: 13 }, (_, position) => position);
  await Promise.all(
    positions.map(async (position) => {
      const leaving = new AbortController();
      const sending = client.send(new InvokeModelWithResponseStreamCommand(inputOf(modelId, body)), {
        abortSignal: leaving.signal,
      });
      const leave = async () => {
        const { body: stream } = await sending;
        let seen = 0;
        if (position === 0) {
          leaving.abort();
        }
        for await (const _ of stream ?? []) {
          seen += 1;
          if (seen === position) {
            leaving.abort();
          }
        }
      };
      await leave().catch(() => undefined);
    }),
  );
  client.destroy();
  awsLocal.setSpeed({ tokensPerSecond: 0 });
  const openai = openAiClient(platform.url, tenant);
  const cut = (operation: string) =>
    awsLocal.addFault({ service: "bedrock", kind: "cut", operation, tenant: tenant.id });
  cut("InvokeModel");
  await expect(
    openai.embeddings.create(
      { model: "amazon.titan-embed-text-v2:0", input: ["a b c", "d e f", "g h i"] },
      { maxRetries: 0 },
    ),
  ).rejects.toThrow();
  cut("InvokeModel");
  await expect(
    openai.images.generate(
      { model: "stability.sd3-5-large-v1:0", prompt: "A river", n: 2 },
      { maxRetries: 0 },
    ),
  ).rejects.toThrow();
  await until(() => awsLocal.witness({ tenant: tenant.id }).totals.count === positions.length + 3 + 2);
  await platform.startWorker();
  await until(async () => (await openHolds(platform, tenant.id)) === 0, 40_000);
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries).toHaveLength(positions.length + 2);
  const drawn = entries.find(({ modelId: id }) => id.startsWith("stability"));
  expect(drawn?.unitLines).toMatchObject([{ unit: "image", count: 2 }]);
}, 90_000);

test("what fails before or within an invocation is the SDK's own typed error", async () => {
  const tenant = await platform.createTenant();
  const client = bedrockClient(platform.url, tenant, { maxAttempts: 1 });
  const [modelId = "", body = {}] = bodies[0] ?? [];
  const send = (more: object, input: Partial<InvokeModelCommandInput> = {}) =>
    client.send(new InvokeModelCommand(inputOf(modelId, { ...body, ...more }, input)));
  const refused: [Promise<unknown>, string][] = [
    [send({ max_tokens: undefined }), "ValidationException"],
    [send({ max_tokens: 10_000_000 }), "ValidationException"],
    [send({ tools: [{ type: "web_search_20250305", name: "web_search" }] }), "ValidationException"],
    [send({}, { guardrailIdentifier: "g", guardrailVersion: "1" }), "ValidationException"],
    [send({}, { performanceConfigLatency: "optimized" }), "ValidationException"],
    [send({}, { requestMetadata: JSON.stringify({ caprock_tenant: "t" }) }), "ValidationException"],
    [send({}, { requestMetadata: "[1]" }), "ValidationException"],
    [send({}, { modelId: "no.such-model" }), "ResourceNotFoundException"],
    [send({}, { modelId: "cohere.rerank-v3-5:0" }), "ValidationException"],
    [
      client.send(
        new InvokeModelWithResponseStreamCommand(
          inputOf("amazon.titan-embed-text-v2:0", { inputText: "Hello" }),
        ),
      ),
      "ValidationException",
    ],
  ];
  // All at once: one that fails while another is waited for would be nobody's.
  await Promise.all(refused.map(([sending, name]) => expect(sending).rejects.toMatchObject({ name })));
  platform.awsLocal.addFault({ service: "bedrock", kind: "throttle", tenant: tenant.id });
  await expect(send({})).rejects.toMatchObject({ name: "ThrottlingException" });
  platform.awsLocal.addFault({
    service: "bedrock",
    kind: "exception",
    name: "ThrottlingException",
    afterEvents: 3,
    tenant: tenant.id,
  });
  const { body: stream } = await client.send(
    new InvokeModelWithResponseStreamCommand(inputOf(modelId, body)),
  );
  await expect(readChunks(stream)).rejects.toMatchObject({ name: "ThrottlingException" });
  client.destroy();
  const entries = await until(async () => {
    const found = await readLedger(platform, tenant.id);
    return found.length === 1 && found;
  });
  expect(entries).toMatchObject([{ status: "failed", estimated: true }]);
});
