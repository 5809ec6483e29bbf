import { afterAll, beforeAll, expect, test } from "vitest";
import { adminClient } from "../testing/admin-client.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";

const timeout = 60_000;
const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const secret = "The code of the safe is 7194.";

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
}, timeout);
afterAll(() => api?.close());

const filler = "The lamp in the hall flickers whenever it rains, and nobody knows why. ";
/** About 6,000 tokens of chat before the question. */
const long = [
  ...Array.from({ length: 20 }, (_, index) => [
    { role: "user", content: index === 0 ? secret : filler.repeat(15) },
    { role: "assistant", content: "I see." },
  ]).flat(),
  { role: "user", content: "What is the code of the safe?" },
];
const blocks = long.map(({ role, content }) => ({ role, content: [{ text: content }] }));
const wires = [
  ["/v1/chat/completions", { model, messages: long }],
  ["/v1/chat/completions", { model, messages: long, stream: true }],
  ["/v1/responses", { model, input: long, store: false }],
  ["/v1/messages", { model, messages: long, max_tokens: 100 }],
  ["/v1/messages", { model, messages: long, max_tokens: 100, stream: true }],
  [`/model/${model}/converse`, { messages: blocks }],
  [`/model/${model}/converse-stream`, { messages: blocks }],
] as const;

async function ask(path: string, body: unknown, headers: Record<string, string>, as?: string) {
  const key = as ?? (await api.newTenant()).apiKey;
  const response = await api.fetch(
    new Request(`http://api.test${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify(body),
    }),
  );
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const reportOf = (headers: Headers) => JSON.parse(headers.get("x-caprock-context-report") ?? "null");

test.each(wires)(
  "%s %#: a request narrows its window, and is told in numbers what that left out",
  { timeout },
  async (path, body) => {
    const headers = {
      "x-caprock-context": '{"windowTokens":3000,"strategy":"relevance"}',
      "x-caprock-report": "context",
    };
    const { status, headers: told } = await ask(path, body, headers);
    expect(status).toBe(200);
    const report = reportOf(told);
    expect(report.promptTokens + report.tokens.reservedOutput).toBeLessThanOrEqual(3_000);
    expect(report.droppedMessages).toBeGreaterThan(0);
    expect(report.changes[0]).toMatchObject({ part: "history", action: "recalled", reason: "relevant" });
    expect(told.get("x-caprock-context-report")).not.toMatch(/7194|lamp/);
  },
);

test("nothing is told to who does not ask, and nothing is left out without a policy", {
  timeout,
}, async () => {
  const [path, body] = wires[0];
  expect((await ask(path, body, {})).headers.get("x-caprock-context-report")).toBeNull();
  const { headers } = await ask(path, body, { "x-caprock-report": "context" });
  expect(reportOf(headers)).toMatchObject({ droppedMessages: 0, changes: [] });
});

test("a request cannot widen what its tenant has", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  await adminClient(api).updateTenant({
    params: { tenantId: tenant.id },
    body: { contextPolicy: { windowTokens: 2_000 } },
  });
  const [path, body] = wires[0];
  const headers = { "x-caprock-context": '{"windowTokens":100000}', "x-caprock-report": "context" };
  const report = reportOf((await ask(path, body, headers, apiKey)).headers);
  expect(report.promptTokens + report.tokens.reservedOutput).toBeLessThanOrEqual(2_000);
  expect(report.tokens.reservedOutput).toBe(500);
});

test("an answer that does not fit a policy's window is refused with where that window comes from", {
  timeout,
}, async () => {
  const [path, body] = wires[0];
  const asked = { ...body, max_tokens: 5_000 };
  const { status, text } = await ask(path, asked, { "x-caprock-context": '{"windowTokens":2000}' });
  expect(status).toBe(400);
  expect(text).toContain("context policy's windowTokens of 2000");
});

const header = "x-caprock-context";
const bad = [
  [header, "{", header, "is no JSON; send a JSON object, for example"],
  [header, "[]", header, "is an empty array; send a JSON object"],
  [header, "null", header, "is null; send a JSON object"],
  [
    header,
    '{"strategy":"oldest"}',
    `${header}.strategy`,
    '`strategy` is "oldest"; it must be "window" or "relevance" or "summarise".',
  ],
  [
    header,
    '{"windowTokens":999}',
    `${header}.windowTokens`,
    "`windowTokens` is 999; it must be at least 1000.",
  ],
  [
    header,
    '{"windowTokens":"4k"}',
    `${header}.windowTokens`,
    "is a string of length 2; it must be a number.",
  ],
  [header, '{"windowTokens":1e999}', `${header}.windowTokens`, "`windowTokens` is Infinity; it must be"],
  [header, '{"recallShare":1.1}', `${header}.recallShare`, "`recallShare` is 1.1; it must be at most 1."],
  [header, '{"keepToolResults":0}', `${header}.keepToolResults`, "it must be at least 1."],
  [
    header,
    '{"window":4000}',
    `${header}.window`,
    "x-caprock-context.window: is not known; the header's members are strategy, windowTokens",
  ],
  [
    header,
    '{"summariserModel":"us.amazon.nova-lite-v1"}',
    `${header}.summariserModel`,
    'Did you mean "us.amazon.nova-lite-v1:0"?',
  ],
  [
    header,
    '{"summariserModel":"amazon.titan-embed-text-v2:0"}',
    `${header}.summariserModel`,
    '"amazon.titan-embed-text-v2:0" is no chat model. Use an id whose modality is "chat"',
  ],
  [
    header,
    '{"embeddingModel":"us.amazon.nova-lite-v1:0"}',
    `${header}.embeddingModel`,
    '"us.amazon.nova-lite-v1:0" is no embedding model.',
  ],
  ["x-caprock-report", "everything", "x-caprock-report", 'is "everything"; it must be "context"'],
] as const;
test.each(bad)(
  "%s: %s is refused on every wire by the header, its member, what it is and what it must be, and costs nothing",
  { timeout },
  async (name, value, param, what) => {
    const { tenant, apiKey } = await api.newTenant();
    for (const [path, body] of wires) {
      const { status, text } = await ask(path, body, { [name]: value }, apiKey);
      expect(status, path).toBe(400);
      const told = JSON.parse(text);
      const message: string = told.error?.message ?? told.message;
      expect(message, path).toMatch(/^x-caprock-(context|report)[.:]/);
      expect(message).toContain(what);
      expect(message).not.toContain("contextPolicy");
      if (told.error?.code !== undefined) {
        expect(told.error.param).toBe(param);
      }
    }
    expect(api.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  },
);

test("the policy is part of what an Idempotency-Key stands for", { timeout }, async () => {
  const { apiKey } = await api.newTenant();
  const [path, body] = wires[0];
  const named = { "idempotency-key": "k", "x-caprock-context": '{"windowTokens":3000}' };
  expect((await ask(path, body, named, apiKey)).status).toBe(200);
  expect((await ask(path, body, named, apiKey)).headers.get("idempotency-replayed")).toBe("true");
  const other = await ask(path, body, { ...named, "x-caprock-context": '{"windowTokens":2000}' }, apiKey);
  expect(other.text).toContain("idempotency_key_reused");
});
