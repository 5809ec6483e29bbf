import { heldOn, monthlyCap } from "@caprock/metering";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenApi, openApi } from "../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const model = "amazon.nova-lite-v1:0";
const chatPath = "/v1/chat/completions";
const converse = `/model/${model}/converse`;
const routes = [
  [chatPath, "POST"],
  ["/v1/models", "GET"],
  [`/v1/models/${model}`, "GET"],
  [converse, "POST"],
  [`${converse}-stream`, "POST"],
] as const;

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(startMs);
}, timeoutMs);
beforeEach(() => {
  api.awsLocal.clearFaults();
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(() => api?.close());

const chat = (text: string) => ({ model, stream: true, messages: [{ role: "user", content: text }] });

test.each(routes)("a browser may ask before it calls %s, and needs no key to ask", async (path, method) => {
  const response = await api.fetch(
    new Request(`http://api.test${path}`, {
      method: "OPTIONS",
      headers: {
        origin: "https://page.test",
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
      },
    }),
  );
  expect(response.status).toBe(204);
  expect(await response.text()).toBe("");
  const allowed = Object.fromEntries(response.headers);
  expect(allowed).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-allow-methods": expect.stringContaining(method),
    "access-control-allow-headers": "authorization,content-type",
  });
  expect(allowed).not.toHaveProperty("access-control-allow-credentials");
});

test("a page may read an answer and the headers that count; who is no page is told nothing for pages", async () => {
  const { apiKey } = await api.newTenant();
  const ask = (headers: Record<string, string>) =>
    api.fetch(
      new Request(`http://api.test/v1/models`, {
        headers: { authorization: `Bearer ${apiKey}`, ...headers },
      }),
    );
  const forPage = (await ask({ origin: "https://page.test" })).headers;
  expect(forPage.get("access-control-allow-origin")).toBe("*");
  expect(forPage.get("access-control-expose-headers")).toContain("x-ratelimit-remaining-requests");
  const others = Object.keys(Object.fromEntries((await ask({})).headers));
  expect(others.filter((name) => name.startsWith("access-control-"))).toEqual([]);
});

test.each(routes)("HEAD %s has no body, and calls no model", { timeout: timeoutMs }, async (path, method) => {
  const { tenant, apiKey } = await api.newTenant();
  const response = await api.send("HEAD", path, { key: apiKey });
  const refused = path.startsWith("/model/") ? 400 : 405;
  expect(response.status).toBe(method === "GET" ? 200 : refused);
  expect(response.headers.get("allow")).toBe(method === "GET" ? null : "POST");
  expect(await response.text()).toBe("");
  expect(api.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  if (method === "GET") {
    expect((await api.send("HEAD", path)).status).toBe(401);
  }
});

test.each(["exception", "cut"] as const)(
  "an OpenAI stream that fails in mid-answer (%s) ends with the error, and not with [DONE]",
  { timeout: timeoutMs },
  async (kind) => {
    const { tenant, apiKey } = await api.newTenant();
    api.awsLocal.addFault({ service: "bedrock", kind, afterEvents: 4, tenant: tenant.id });
    const response = await api.send("POST", chatPath, { key: apiKey, body: chat("[[tokens=50]]") });
    expect(response.status).toBe(200);
    // Reading rejects where the body does not end properly.
    const events = (await response.text()).split("\n\n");
    expect(events.pop()).toBe("");
    const parsed = events.map((event) => JSON.parse(event.slice("data: ".length)));
    expect(parsed.length).toBeGreaterThan(1);
    expect(parsed.at(-1)).toMatchObject({ error: { code: expect.stringMatching(/^upstream_/) } });
    expect(parsed.slice(0, -1).every((chunk) => chunk.object === "chat.completion.chunk")).toBe(true);
  },
);

test("an OpenAI stream that is silent is kept open by comments, which its reader does not take for chunks", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey } = await api.newTenant();
  api.awsLocal.setSpeed({ tokensPerSecond: 40 });
  const response = await api.send("POST", chatPath, { key: apiKey, body: chat("[[tokens=20]]") });
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    // The next piece is asked for in the same turn of the loop, and then waits for the model.
    setImmediate(() => api.silences.goOff());
  }
  const events = text.split("\n\n");
  expect(events).toContain(": keep-alive");
  expect(events.slice(0, -1).every((event) => /^(data: |: keep-alive$)/.test(event))).toBe(true);
  expect(events.at(-2)).toBe("data: [DONE]");
});

const native = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
test.each<[path: string, body: object]>([
  [chatPath, chat("Hi")],
  ["/v1/responses", { model, stream: true, input: "Hi" }],
  ["/v1/messages", { ...chat("Hi"), max_tokens: 9 }],
  [`${converse}-stream`, native],
  [
    `/model/${model}/invoke-with-response-stream`,
    { ...native, inferenceConfig: { maxTokens: 9 }, schemaVersion: "messages-v1" },
  ],
])("proxies are told not to collect the stream of %s", { timeout: timeoutMs }, async (path, body) => {
  const { apiKey } = await api.newTenant();
  const response = await api.send("POST", path, { key: apiKey, body });
  expect([response.status, Object.fromEntries(response.headers)]).toMatchObject([
    200,
    { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" },
  ]);
  await response.text();
});

test("a Bedrock stream that fails in mid-answer ends with an exception frame", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.addFault({ service: "bedrock", kind: "cut", afterEvents: 4, tenant: tenant.id });
  const response = await api.send("POST", `${converse}-stream`, {
    key: apiKey,
    body: { messages: [{ role: "user", content: [{ text: "[[tokens=50]]" }] }] },
  });
  const text = await response.text();
  expect(text.lastIndexOf(":exception-type")).toBeGreaterThan(text.lastIndexOf(":event-type"));
});

test.each([chatPath, `${converse}-stream`])(
  "a stream of %s whose reader is gone before it read anything is settled all the same",
  { timeout: timeoutMs },
  async (path) => {
    const { tenant, apiKey } = await api.newTenant();
    api.awsLocal.setSpeed({ tokensPerSecond: 400 });
    const text = "[[tokens=400]]";
    const body = path === chatPath ? chat(text) : { messages: [{ role: "user", content: [{ text }] }] };
    const response = await api.send("POST", path, { key: apiKey, body });
    expect(response.status).toBe(200);
    await response.body?.cancel();
    const requestId = response.headers.get("x-request-id") ?? "";
    const entry = await api.ledger.find(tenant.id, requestId);
    expect(entry).toMatchObject({ status: "aborted", estimated: true });
    const account = await api.accounts.read(monthlyCap(tenant, startMs).accountId);
    expect(account?.holds).toMatchObject([{ requestId, state: "unresolved" }]);
    // What the call can have used, which the log will tell, and no less.
    expect(heldOn(account!)).toBeGreaterThanOrEqual(entry!.costNanoUsd);
  },
);

test("answers and refusals tell how the caller's limits stand", { timeout: timeoutMs }, async () => {
  const { apiKey } = await api.newTenant();
  const answered = await api.send("POST", chatPath, { key: apiKey, body: chat("Hello") });
  expect(answered.status).toBe(200);
  const told = Object.fromEntries(answered.headers);
  expect(told).toMatchObject({
    "x-ratelimit-limit-requests": "1000",
    "x-ratelimit-remaining-requests": "999",
    "x-caprock-budget-limit-usd": "10.000000000",
  });
  expect(Number(told["x-caprock-budget-remaining-usd"])).toBeLessThan(10);
  const slow = await api.send("POST", "/admin/v1/tenants", {
    key: api.adminToken,
    body: { name: "Slow", monthlyCapUsd: "10", requestsPerMinute: 1 },
  });
  const { id } = (await slow.json()) as { id: string };
  const issued = await api.send("POST", `/admin/v1/tenants/${id}/keys`, {
    key: api.adminToken,
    body: { name: "test" },
  });
  const { apiKey: key } = (await issued.json()) as { apiKey: string };
  await api.send("POST", chatPath, { key, body: chat("Hello") });
  const refused = await api.send("POST", chatPath, { key, body: chat("Hello") });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-ratelimit-limit-requests")).toBe("1");
  expect(refused.headers.get("x-ratelimit-remaining-requests")).toBe("0");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});
