/** Questions that bring sixty retrieved passages over a window of 4,000 tokens: the one that answers reaches the model. */
import Anthropic from "@anthropic-ai/sdk";
import { type ContentBlock, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { bedrockClient } from "../platform/clients.ts";
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

test("Anthropic's SDK gets the same", async () => {
  const tenant = await tenantWith(0.9);
  const client = new Anthropic({ baseURL: platform.url, apiKey: tenant.apiKey });
  const { content } = await client.messages.create({
    model,
    max_tokens: 500,
    messages: [
      {
        role: "user",
        content: [
          ...passages.map(({ source, title, text }) => ({
            type: "search_result" as const,
            source,
            title,
            content: [{ type: "text" as const, text }],
            citations: { enabled: true },
          })),
          { type: "text", text: question },
        ],
      },
    ],
  });
  expectOnlyWhatMatters();
  expect(content.flatMap((block) => (block.type === "text" ? (block.citations ?? []) : []))).toEqual([
    expect.objectContaining({
      type: "search_result_location",
      search_result_index: answering,
      source: `kb/${answering}`,
      start_block_index: 0,
      end_block_index: 1,
    }),
  ]);
  await expectExactBooks(tenant, 1);
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
