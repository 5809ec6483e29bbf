/** Bedrock's own wire: what a cache wrote and read is billed by class, and what Caprock does not know is handed on. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseStreamCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { bedrockClient } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.close());

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

/** Blocks of every kind that a message can have, as JSON has them; bytes are text there. */
const blocks = {
  text: "Look at all this.",
  image: { format: "png", source: { bytes: "iVBORw0KGgo=" } },
  document: {
    format: "txt",
    name: "notes",
    source: { text: "Notes." },
    context: "From a meeting.",
    citations: { enabled: true },
  },
  video: {
    format: "mp4",
    source: { s3Location: { uri: "s3://bucket/video.mp4", bucketOwner: "123456789012" } },
  },
  audio: { format: "mp3", source: { bytes: "AAAA" } },
  guardContent: { text: { text: "Guard this.", qualifiers: ["guard_content"] } },
  cachePoint: { type: "default", ttl: "1h" },
  searchResult: {
    source: "https://example.com",
    title: "A page",
    content: [{ text: "Found." }],
    citations: { enabled: true },
  },
} as const;
/** What the model said before, and what its tools answered. */
const turns = {
  toolUse: { toolUseId: "1", name: "look", input: { deep: [1, { two: null }] } },
  reasoningContent: { reasoningText: { text: "I think.", signature: "c2ln" } },
  citationsContent: {
    content: [{ text: "Quoted." }],
    citations: [{ title: "notes", location: { documentChar: { documentIndex: 0, start: 0, end: 5 } } }],
  },
  toolResult: { toolUseId: "1", content: [{ text: "Seen." }, { json: { ok: true } }], status: "success" },
} as const;

type Member<Union> = Exclude<Union extends unknown ? keyof Union : never, "$unknown">;
/** Messages that change what tools there are have no place in a chat whose tools a policy may know; they are passed on. */
type Untried = "toolAddition" | "toolRemoval";
const everyBlock = { ...blocks, ...turns } satisfies Record<Exclude<Member<ContentBlock>, Untried>, unknown>;

/** What is refused by name, since it has no bound or no price; and what stands in the path. */
type Refused = "promptVariables" | "modelId";
type DocumentedMember = Exclude<keyof ConverseCommandInput | keyof ConverseStreamCommandInput, Refused>;

const everyMember = {
  system: [
    { text: "Be brief." },
    { guardContent: { text: { text: "Rules." } } },
    { cachePoint: { type: "default" } },
  ],
  messages: [
    { role: "user", content: Object.entries(blocks).map(([kind, value]) => ({ [kind]: value })) },
    {
      role: "assistant",
      content: [
        { reasoningContent: everyBlock.reasoningContent },
        { citationsContent: everyBlock.citationsContent },
        { toolUse: everyBlock.toolUse },
      ],
    },
    { role: "user", content: [{ toolResult: everyBlock.toolResult }, { text: "Go on." }] },
  ],
  inferenceConfig: { maxTokens: 20, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
  toolConfig: {
    tools: [
      {
        toolSpec: {
          name: "look",
          description: "Looks.",
          inputSchema: { json: { type: "object" } },
          strict: true,
        },
      },
      { cachePoint: { type: "default" } },
    ],
    toolChoice: { auto: {} },
  },
  guardrailConfig: { guardrailIdentifier: "abc", guardrailVersion: "DRAFT", trace: "enabled_full" },
  additionalModelRequestFields: { top_k: 3 },
  additionalModelResponseFieldPaths: ["/stop_sequence"],
  requestMetadata: { project: "otter" },
  performanceConfig: { latency: "standard" },
  serviceTier: { type: "default" },
  outputConfig: {
    textFormat: {
      type: "json_schema",
      structure: { jsonSchema: { schema: "{}", name: "any", description: "Any." } },
    },
  },
} satisfies Record<DocumentedMember, unknown>;

test("every documented member of Converse reaches Bedrock as it was sent", async () => {
  const tenant = await platform.createTenant({ capUsd: "1000" });
  const seen: unknown[] = [];
  const bedrock = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    seen.push(JSON.parse(Buffer.concat(chunks).toString()));
    const answer = {
      output: { message: { role: "assistant", content: [{ text: "Seen." }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 10, outputTokens: 1, totalTokens: 11 },
      metrics: { latencyMs: 1 },
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => bedrock.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(bedrock.address() as AddressInfo).port}`;
  const api = await platform.startApi({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url });
  const post = (body: object) =>
    fetch(`${api.url}/model/${encodeURIComponent(model)}/converse`, {
      method: "POST",
      headers: { "x-api-key": tenant.apiKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  try {
    const answer = await post(everyMember);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("Seen.")]);
    const [sent] = seen as { requestMetadata: Record<string, string> }[];
    expect(sent).toMatchObject(everyMember);
    expect(Object.keys(sent?.requestMetadata ?? {}).filter((name) => !name.startsWith("caprock_"))).toEqual([
      "project",
    ]);
    for (const [param, more] of [
      ["promptVariables", { promptVariables: { name: { text: "a" } } }],
      ["performanceConfig.latency", { performanceConfig: { latency: "optimized" } }],
      ["toolConfig.tools[0]", { toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } }],
    ] as const) {
      const refused = await post({ ...everyMember, ...more });
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { code: "unsupported_parameter", param },
      ]);
    }
    expect(seen).toHaveLength(1);
  } finally {
    bedrock.closeAllConnections();
    bedrock.close();
  }
});
