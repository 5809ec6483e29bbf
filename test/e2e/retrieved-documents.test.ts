/** Questions that bring sixty retrieved passages over a window of 4,000 tokens: the one that answers reaches the model. */
import { randomUUID } from "node:crypto";
import Anthropic from "@anthropic-ai/sdk";
import { type ContentBlock, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { CaprockSocket } from "@caprock/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { bedrockClient, openAiClient } from "../platform/clients.ts";
import { type RecordedBedrock, recordBedrock } from "../platform/recorded-bedrock.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const windowTokens = 4_000;
const question = "In which shed is the parcel of order HK-48213 kept?";
const answering = 41;

const things = [
  "kettle",
  "lamp",
  "desk",
  "router",
  "heater",
  "camera",
  "printer",
  "chair",
  "blender",
  "clock",
];
const passages = Array.from({ length: 60 }, (_, number) => ({
  source: `kb/${number}`,
  title: `Article ${number}`,
  text:
    number === answering
      ? "The parcel of order HK-48213 is kept in the green shed at 14 Mill Lane until Friday."
      : `The ${things[number % 10]} of series ${number} is switched on by the round button at its back. `.repeat(
          12,
        ),
}));

let recorded: RecordedBedrock;
let platform: Platform;

beforeAll(async () => {
  recorded = await recordBedrock();
  platform = await startPlatform({ environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: recorded.url } });
  recorded.forwardTo(platform.awsLocal.url);
});
afterAll(async () => {
  await platform?.close();
  recorded?.close();
});

async function tenantWith(documentsShare?: number): Promise<TestTenant> {
  const tenant = await platform.createTenant();
  await platform.admin.updateTenant({
    params: { tenantId: tenant.id },
    body: { contextPolicy: { windowTokens, ...(documentsShare === undefined ? {} : { documentsShare }) } },
  });
  return tenant;
}

const searchResults: ContentBlock[] = passages.map(({ source, title, text }) => ({
  searchResult: { source, title, content: [{ text }], citations: { enabled: true } },
}));
const messages = [{ role: "user" as const, content: [...searchResults, { text: question }] }];

/** What reached Bedrock last. */
function lastPrompt(): string {
  return recorded.bodies.at(-1) ?? "";
}

async function expectExactBooks({ id }: TestTenant, calls: number): Promise<void> {
  const { invocations } = platform.awsLocal.witness({ tenant: id });
  expect(invocations).toHaveLength(calls);
  for (const { usage } of invocations) {
    expect(usage.input + usage.output).toBeLessThanOrEqual(windowTokens);
  }
  await expectBooksToBalance(platform, id);
}

function expectOnlyWhatMatters(): void {
  const sent = passages.filter(({ source }) => lastPrompt().includes(`"${source}"`));
  expect(sent.length).toBeGreaterThan(5);
  expect(sent.length).toBeLessThan(30);
  expect(sent.map(({ source }) => source)).toContain(`kb/${answering}`);
}

test("over Bedrock's own wire the answer cites the passage as its caller counts, whole and streamed", async () => {
  const tenant = await tenantWith(0.9);
  const client = bedrockClient(platform.url, tenant);
  let report = "";
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers["x-caprock-report"] = "context";
      const result = await next(args);
      const { headers: told } = result.response as { headers: Record<string, string> };
      report = told["x-caprock-context-report"] ?? "";
      return result;
    },
    { step: "finalizeRequest" },
  );
  const { output } = await client.send(new ConverseCommand({ modelId: model, messages }));
  expectOnlyWhatMatters();
  const cited = output?.message?.content?.flatMap(
    ({ citationsContent }) => citationsContent?.citations ?? [],
  );
  expect(cited).toEqual([
    expect.objectContaining({
      source: `kb/${answering}`,
      location: { searchResultLocation: { searchResultIndex: answering, start: 0, end: 1 } },
    }),
  ]);
  const { questionDocuments, changes } = JSON.parse(report);
  expect(`,${questionDocuments.kept},`).toMatch(/[,-]41[,-]/);
  const dropped = changes.find(({ part }: { part: string }) => part === "documents");
  expect(dropped).toMatchObject({ action: "dropped", reason: "over_share" });
  expect(report).not.toContain("Article");

  const { stream } = await client.send(new ConverseStreamCommand({ modelId: model, messages }));
  const locations: unknown[] = [];
  for await (const { contentBlockDelta } of stream ?? []) {
    locations.push(
      ...(contentBlockDelta?.delta?.citation ? [contentBlockDelta.delta.citation.location] : []),
    );
  }
  expect(locations).toEqual([{ searchResultLocation: { searchResultIndex: answering, start: 0, end: 1 } }]);
  client.destroy();
  await expectExactBooks(tenant, 2);
});

test("what fits reaches Bedrock as it was sent, duplicates and settings too", async () => {
  const tenant = await tenantWith(0.9);
  const client = bedrockClient(platform.url, tenant);
  const [first, second] = searchResults;
  const few = [
    { role: "user" as const, content: [{ text: "Look:" }, first!, first!, second!, { text: question }] },
  ];
  await client.send(new ConverseCommand({ modelId: model, messages: few }));
  expect(JSON.parse(lastPrompt()).messages).toEqual(few);
  client.destroy();
  await expectExactBooks(tenant, 1);
});

test("Anthropic's SDK gets the same, of what the question brings, what a tool found, and a document in pieces", async () => {
  const tenant = await tenantWith(0.9);
  const client = new Anthropic({ baseURL: platform.url, apiKey: tenant.apiKey });
  const ask = async (...asked: Anthropic.MessageParam[]) => {
    const answer = await client.messages.create({
      model,
      max_tokens: 500,
      tools: [{ name: "search", input_schema: { type: "object" } }],
      messages: asked,
    });
    return answer.content.flatMap((block) => (block.type === "text" ? (block.citations ?? []) : []));
  };
  const found = passages.map(({ source, title, text }) => ({
    type: "search_result" as const,
    source,
    title,
    content: [{ type: "text" as const, text }],
    citations: { enabled: true },
  }));
  const said = { type: "text" as const, text: question };
  const cited = [
    expect.objectContaining({
      type: "search_result_location",
      search_result_index: answering,
      source: `kb/${answering}`,
      start_block_index: 0,
      end_block_index: 1,
    }),
  ];
  expect(await ask({ role: "user", content: [...found, said] })).toEqual(cited);
  expectOnlyWhatMatters();

  const call = { type: "tool_use" as const, id: "a", name: "search", input: {} };
  const result = { type: "tool_result" as const, tool_use_id: "a", content: found };
  const loop = [
    { role: "user" as const, content: question },
    { role: "assistant" as const, content: [call] },
    { role: "user" as const, content: [result, said] },
  ];
  expect(await ask(...loop)).toEqual(cited);
  expectOnlyWhatMatters();

  const content = passages.map(({ text }) => ({ type: "text" as const, text }));
  await ask({
    role: "user",
    content: [{ type: "document", source: { type: "content", content }, title: "Handbook" }, said],
  });
  const { document } = JSON.parse(lastPrompt()).messages[0].content[0];
  expect(document.source.content[answering]).toEqual({ text: passages[answering]?.text });
  expect(
    document.source.content.filter(({ text }: { text: string }) => text === "[…]").length,
  ).toBeGreaterThan(20);
  await expectExactBooks(tenant, 3);
});

/** OpenAI's wires have no part for them: they are a member of the body that its SDK passes on. */
const documents = passages.map(({ source, title, text }) => ({ id: source, title, text }));

/** What the text from one index to the other says, of what it cites. */
function citedText(
  text: string,
  { start_index: start, end_index: end }: { start_index: number; end_index: number },
) {
  return text.slice(start, end);
}

test("OpenAI's SDK sends them beside its messages, and gets what is cited as annotations, on both of its wires", async () => {
  const tenant = await tenantWith(0.9);
  const client = openAiClient(platform.url, tenant);
  const body = { model, messages: [{ role: "user" as const, content: question }], documents };
  const { data, response } = await client.chat.completions
    .create(body, { headers: { "x-caprock-report": "context" } })
    .withResponse();
  expectOnlyWhatMatters();
  const { content, annotations } = data.choices[0]?.message ?? {};
  expect(annotations).toEqual([
    {
      type: "url_citation",
      url_citation: expect.objectContaining({ url: `kb/${answering}`, title: `Article ${answering}` }),
    },
  ]);
  expect(
    citedText(content ?? "", annotations?.[0]?.url_citation ?? { start_index: 0, end_index: 0 }),
  ).toMatch(/^ "Article 41" says: .*green shed/);
  const { questionDocuments } = JSON.parse(response.headers.get("x-caprock-context-report") ?? "{}");
  expect(`,${questionDocuments.kept},`).toMatch(/[,-]41[,-]/);

  const told: unknown[] = [];
  for await (const { choices } of await client.chat.completions.create({ ...body, stream: true })) {
    told.push(...((choices[0]?.delta as { annotations?: unknown[] } | undefined)?.annotations ?? []));
  }
  expect(told).toEqual(annotations);

  const asked = { model, input: question, documents };
  const whole = await client.responses.create(asked);
  const parts = whole.output.flatMap((item) => (item.type === "message" ? item.content : []));
  const cited = parts.flatMap((part) => (part.type === "output_text" ? part.annotations : []));
  expect(cited).toEqual([expect.objectContaining({ type: "url_citation", url: `kb/${answering}` })]);
  const added: unknown[] = [];
  for await (const event of await client.responses.create({ ...asked, stream: true })) {
    added.push(...(event.type === "response.output_text.annotation.added" ? [event.annotation] : []));
  }
  expect(added).toEqual(cited);
  await expectExactBooks(tenant, 4);
});

test("a model that takes no search results gets them as text with their sources, over OpenAI's wire and a WebSocket", async () => {
  const tenant = await tenantWith(0.9);
  const nova = "us.amazon.nova-lite-v1:0";
  const asked = { model: nova, messages: [{ role: "user" as const, content: question }], documents };
  await openAiClient(platform.url, tenant).chat.completions.create(asked);
  const passage = JSON.stringify(
    `<document id="kb/${answering}" title="Article ${answering}">\n${passages[answering]?.text}\n</document>`,
  );
  expect(lastPrompt()).toContain(passage);
  expect(lastPrompt()).not.toContain("searchResult");

  const socket = new CaprockSocket({
    connect: () =>
      new WebSocket(`${platform.url.replace("http", "ws")}/v1/socket`, [
        "caprock.v1",
        `caprock.key.${tenant.apiKey}`,
      ]),
    newName: randomUUID,
  });
  let text = "";
  let report: { questionDocuments?: { dropped?: string } } = {};
  for await (const event of socket.start({ model: nova, body: { messages }, report: "context" })) {
    const { delta } = (event.contentBlockDelta ?? {}) as { delta?: { text?: string } };
    text += delta?.text ?? "";
    report = (event.contextReport as typeof report | undefined) ?? report;
  }
  socket.close();
  expect(text).toContain("green shed");
  expect(report.questionDocuments?.dropped).toMatch(/^\d/);
  expect(lastPrompt()).toContain(passage);
  await expectExactBooks(tenant, 2);
});

test("a session keeps where they came from, and never gives what one question or tenant brought to another", async () => {
  const [tenant, other] = [await tenantWith(0.9), await tenantWith(0.9)];
  const named = { headers: { "x-caprock-session": "ticket", "x-caprock-actor": "ann" } };
  const client = openAiClient(platform.url, tenant);
  const body = { model, messages: [{ role: "user" as const, content: question }], documents };
  await client.chat.completions.create(body, named);
  const next = {
    model,
    messages: [{ role: "user" as const, content: "Thank you. Until when, by the way?" }],
  };
  await client.chat.completions.create(next, named);
  const names = /\[Documents that were given: ([^\]]+)\.\]/.exec(lastPrompt())?.[1]?.split("; ") ?? [];
  expect(names).toContain(`\\"Article ${answering}\\" (kb/${answering})`);
  expect(names.length).toBeLessThan(20);
  expect(lastPrompt()).not.toContain("is switched on by the round button");
  await openAiClient(platform.url, other).chat.completions.create(next, named);
  expect(lastPrompt()).not.toContain("kb/");
  await expectExactBooks(tenant, 2);
  await expectExactBooks(other, 1);
});

test("a tenant whose policy names no share for documents is refused, and nothing is left out", async () => {
  const tenant = await tenantWith();
  const client = bedrockClient(platform.url, tenant);
  await expect(client.send(new ConverseCommand({ modelId: model, messages }))).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("documentsShare"),
  });
  client.destroy();
  await expectExactBooks(tenant, 0);
});
