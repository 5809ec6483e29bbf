/** Whatever goes wrong at Bedrock or DynamoDB: a right answer or a typed error, and books that balance. */
import {
  ConverseCommand,
  ConverseStreamCommand,
  ModelErrorException,
  ModelStreamErrorException,
  ModelTimeoutException,
  ServiceUnavailableException,
  ThrottlingException,
} from "@aws-sdk/client-bedrock-runtime";
import type { FaultRequest } from "@caprock/aws-local";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, openHolds, until } from "../platform/accounting.ts";
import { bedrockClient, openAiClient, readStream } from "../platform/clients.ts";
import { type Platform, startPlatform, type TestTenant, tablePrefix } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";
const prompt = "[[tokens=100]]";
const chat = { model, max_tokens: 200, messages: [{ role: "user" as const, content: prompt }] };
const converse = {
  modelId: model,
  messages: [{ role: "user" as const, content: [{ text: prompt }] }],
  inferenceConfig: { maxTokens: 200 },
};

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({
    environment: { CAPROCK_UPSTREAM_IDLE_TIMEOUT_MS: "1000", CAPROCK_HOLD_TTL_MS: "4000" },
  });
  await platform.startWorker();
  // A call that is served shows the worker that the invocation log is written at all.
  const { completions } = openAiClient(platform.url, await platform.createTenant()).chat;
  await completions.create(chat);
});
afterEach(() => {
  platform.awsLocal.clearFaults();
  platform.awsLocal.gate.set(false);
  platform.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(() => platform?.close());

interface Failure {
  readonly status?: number;
  readonly code?: string;
  readonly name: string;
}

/** The same call in the four ways there are; each resolves with the answer's text or the SDK's error. */
function fourWays(tenant: TestTenant): (() => Promise<string | Failure>)[] {
  const openai = openAiClient(platform.url, tenant).withOptions({ maxRetries: 0 });
  const bedrock = bedrockClient(platform.url, tenant, { http1: true, maxAttempts: 1 });
  const ways = [
    async () => String((await openai.chat.completions.create(chat)).choices[0]?.message.content),
    async () => {
      let text = "";
      for await (const chunk of await openai.chat.completions.create({ ...chat, stream: true })) {
        text += chunk.choices[0]?.delta.content ?? "";
      }
      return text;
    },
    async () =>
      String((await bedrock.send(new ConverseCommand(converse))).output?.message?.content?.[0]?.text),
    async () => (await readStream((await bedrock.send(new ConverseStreamCommand(converse))).stream)).text,
  ];
  return ways.map((way) => () => way().catch((error: Failure) => error));
}

async function settledBooks(tenant: TestTenant) {
  await until(async () => (await openHolds(platform, tenant.id)) === 0);
  return expectBooksToBalance(platform, tenant.id);
}

type DynamoDbFault = Omit<Extract<FaultRequest, { service: "dynamodb" }>, "service">;
type BedrockKind = Extract<FaultRequest, { service: "bedrock" }>["kind"];

test.each<[BedrockKind, number, string, new (...none: never[]) => Error]>([
  ["throttle", 429, "upstream_throttled", ThrottlingException],
  ["unavailable", 503, "upstream_unavailable", ServiceUnavailableException],
  ["error", 502, "upstream_failed", ModelErrorException],
  ["timeout", 504, "upstream_timeout", ModelTimeoutException],
])(
  "when Bedrock answers a call with %s, the caller gets it typed and pays nothing",
  async (kind, status, code, exception) => {
    const tenant = await platform.createTenant();
    platform.awsLocal.addFault({ service: "bedrock", kind, tenant: tenant.id, count: 4 });
    const [whole, streamed, converseWhole, converseStreamed] = await Promise.all(
      fourWays(tenant).map((way) => way()),
    );
    expect([whole, streamed]).toEqual([
      expect.objectContaining({ status, code }),
      expect.objectContaining({ status, code }),
    ]);
    expect(converseWhole).toBeInstanceOf(exception);
    expect(converseStreamed).toBeInstanceOf(exception);
    expect(await settledBooks(tenant)).toEqual([]);
  },
);

test.each([
  ["an exception event", { kind: "exception", afterEvents: 6 }, "upstream_failed", ModelStreamErrorException],
  [
    "a broken connection",
    { kind: "cut", afterEvents: 6 },
    "upstream_unavailable",
    ServiceUnavailableException,
  ],
] as const)(
  "a stream that Bedrock ends with %s ends with a typed error in the stream, and what was said is paid",
  async (_, fault, code, exception) => {
    const tenant = await platform.createTenant();
    platform.awsLocal.addFault({ service: "bedrock", operation: "ConverseStream", count: 2, ...fault });
    const [, streamed, , converseStreamed] = fourWays(tenant);
    const error = await streamed?.();
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code });
    expect(await converseStreamed?.()).toBeInstanceOf(exception);
    const entries = await settledBooks(tenant);
    expect(entries.map(({ tokens }) => tokens.output > 0 && tokens.output < 100)).toEqual([true, true]);
  },
);

test("an answer that is lost on its way from Bedrock is an error for the caller and paid, once the log shows it", async () => {
  const tenant = await platform.createTenant();
  platform.awsLocal.addFault({ service: "bedrock", kind: "cut", count: 4 });
  const failures = await Promise.all(fourWays(tenant).map((way) => way()));
  expect(failures.filter((failure) => typeof failure === "string")).toEqual([]);
  expect((failures as Failure[]).map(({ code }) => code)).toEqual(Array(4).fill("upstream_unavailable"));
  const entries = await settledBooks(tenant);
  // The whole answers had been made; the streams broke before their first token.
  expect(entries.map(({ tokens }) => tokens.output).sort((a, b) => a - b)).toEqual([0, 0, 100, 100]);
});

test("a call that would outlast its hold is ended with a typed error, and what was made is paid", async () => {
  const tenant = await platform.createTenant();
  platform.awsLocal.setSpeed({ tokensPerSecond: 20 });
  const [, streamed, , converseStreamed] = fourWays(tenant);
  const [openAi, aws] = await Promise.all([streamed?.(), converseStreamed?.()]);
  expect(openAi).toMatchObject({ code: "upstream_timeout" });
  expect(aws).toBeInstanceOf(Error);
  const entries = await settledBooks(tenant);
  expect(entries.map(({ tokens }) => tokens.output > 0 && tokens.output < 100)).toEqual([true, true]);
});

const accounts = `${tablePrefix}-accounts`;
const ledger = `${tablePrefix}-ledger`;

test.each<[string, DynamoDbFault]>([
  ["holding is throttled once", { kind: "throttle", operation: "UpdateItem", table: accounts }],
  ["answers to holding are lost", { kind: "lostAnswer", operation: "UpdateItem", table: accounts, count: 2 }],
  [
    "an error meets the tenant's record",
    { kind: "error", operation: "GetItem", table: `${tablePrefix}-tenancy` },
  ],
])("when %s the SDK's retry gives a right answer that is paid once", async (_, fault) => {
  const tenant = await platform.createTenant();
  for (const way of fourWays(tenant)) {
    platform.awsLocal.addFault({ service: "dynamodb", ...fault });
    expect(await way()).toMatch(/^\[simulated/);
    platform.awsLocal.clearFaults();
  }
  expect(await settledBooks(tenant)).toHaveLength(4);
});

test("when settlement fails the caller has its answer all the same, and the worker mends the books", async () => {
  const { awsLocal } = platform;
  const faults: DynamoDbFault[] = [
    { kind: "lostAnswer", operation: "UpdateItem", table: accounts, count: 8 },
    { kind: "lostAnswer", operation: "PutItem", table: ledger, count: 8 },
    { kind: "error", operation: "UpdateItem", table: accounts, count: 500 },
    { kind: "unavailable", operation: "PutItem", table: ledger, count: 500 },
  ];
  const tenants: TestTenant[] = [];
  for (const fault of faults) {
    const tenant = await platform.createTenant();
    awsLocal.gate.set(true);
    const answers = Promise.all(fourWays(tenant).map((way) => way()));
    await until(() => awsLocal.gate.waiting === 4);
    awsLocal.addFault({ service: "dynamodb", ...fault });
    awsLocal.gate.set(false);
    expect(
      (await answers).filter((answer) => typeof answer !== "string"),
      fault.kind,
    ).toEqual([]);
    awsLocal.clearFaults();
    tenants.push(tenant);
  }
  for (const tenant of tenants) {
    expect(await settledBooks(tenant)).toHaveLength(4);
  }
});

test.each<[string, DynamoDbFault]>([
  ["no hold can be made", { kind: "error", operation: "UpdateItem", table: accounts, count: 500 }],
  [
    "holds are made but never answered",
    { kind: "lostAnswer", operation: "UpdateItem", table: accounts, count: 500 },
  ],
  [
    "nobody can be authenticated",
    { kind: "throttle", operation: "GetItem", table: `${tablePrefix}-tenancy`, count: 500 },
  ],
])(
  "when %s the call is refused as unavailable in its wire, and nothing is served or stays held",
  async (_, fault) => {
    const tenant = await platform.createTenant();
    platform.awsLocal.addFault({ service: "dynamodb", ...fault });
    const failures = await Promise.all(fourWays(tenant).map((way) => way()));
    expect((failures as Failure[]).map(({ code, name }) => [code, name])).toEqual([
      ["upstream_unavailable", "Error"],
      ["upstream_unavailable", "Error"],
      ["upstream_unavailable", "ServiceUnavailableException"],
      ["upstream_unavailable", "ServiceUnavailableException"],
    ]);
    platform.awsLocal.clearFaults();
    expect(await settledBooks(tenant)).toEqual([]);
  },
);
