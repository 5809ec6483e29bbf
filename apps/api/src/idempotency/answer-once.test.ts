import Anthropic from "@anthropic-ai/sdk";
import { ticketOf } from "@caprock/tenancy";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { createSeal } from "./seal.ts";

const timeout = 60_000;
const startMs = Date.parse("2026-11-26T12:00:00Z");
const model = "amazon.nova-lite-v1:0";

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(startMs);
}, timeout);
afterEach(() => {
  api.awsLocal.clearFaults();
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(() => api?.close());

const messages = [{ role: "user", content: "Hi" }];
const blocks = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
const wires = [
  ["/v1/chat/completions", { model, messages }],
  ["/v1/chat/completions", { model, messages, stream: true }],
  ["/v1/messages", { model, max_tokens: 50, messages }],
  ["/v1/messages", { model, max_tokens: 50, messages, stream: true }],
  [`/model/${model}/converse`, blocks],
  [`/model/${model}/converse-stream`, blocks],
] as const;

function send(
  path: string,
  apiKey: string,
  key: string,
  body: unknown,
  signal?: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return Promise.resolve(
    api.fetch(
      new Request(`http://api.test${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, "idempotency-key": key, ...headers },
        body: JSON.stringify(body),
        ...(signal && { signal }),
      }),
    ),
  );
}
const served = (tenantId: string) => api.awsLocal.witness({ tenant: tenantId }).invocations;
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

test.each(wires)(
  "%s %j: a repetition gets the first answer, byte for byte, and is not charged",
  { timeout },
  async (path, body) => {
    const { tenant, apiKey } = await api.newTenant();
    const first = await send(path, apiKey, "k", body);
    const answered = await bytesOf(first);
    const second = await send(path, apiKey, "k", body);
    expect(second.status).toBe(200);
    expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect((await bytesOf(second)).equals(answered)).toBe(true);
    expect(answered.length).toBeGreaterThan(50);
    expect(served(tenant.id)).toHaveLength(1);
  },
);

test.each(wires)(
  "%s %j: another body under the same key is refused, and calls no model",
  { timeout },
  async (path, body) => {
    const { tenant, apiKey } = await api.newTenant();
    await bytesOf(await send(path, apiKey, "k", body));
    const other = await send(path, apiKey, "k", { ...body, extra: 1 });
    expect(other.status).toBe(path.startsWith("/model/") ? 400 : 422);
    expect(await other.text()).toContain("idempotency_key_reused");
    expect(served(tenant.id)).toHaveLength(1);
  },
);

test.each([
  ["x-caprock-session", "other"],
  ["x-caprock-actor", "other"],
  ["x-caprock-context", '{"windowTokens":4000}'],
  ["anthropic-beta", "context-1m-2025-08-07"],
  ["x-amzn-bedrock-service-tier", "flex"],
])("the same body with another %s is refused under the same key", { timeout }, async (name, value) => {
  const { tenant, apiKey } = await api.newTenant();
  const [path, body] = wires[0];
  await bytesOf(await send(path, apiKey, "k", body));
  const other = await send(path, apiKey, "k", body, undefined, { [name]: value });
  expect(other.status).toBe(422);
  expect(await other.text()).toContain("idempotency_key_reused");
  expect(served(tenant.id)).toHaveLength(1);
});

test("a twin waits for the first and gets its answer", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.setSpeed({ tokensPerSecond: 100 });
  const [path, body] = wires[1];
  const texts = await Promise.all([1, 2, 3].map(async () => (await send(path, apiKey, "k", body)).text()));
  expect(new Set(texts).size).toBe(1);
  expect(served(tenant.id)).toHaveLength(1);
});

test("a twin whose first takes long is told so, and when to come back", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.gate.set(true);
  const [path, body] = wires[0];
  const first = send(path, apiKey, "k", body);
  await expect.poll(() => api.awsLocal.gate.waiting).toBe(1);
  const twin = await send(path, apiKey, "k", body);
  expect(twin.status).toBe(409);
  expect(twin.headers.get("retry-after")).toBe("2");
  expect(await twin.json()).toMatchObject({ error: { code: "idempotency_in_progress" } });
  api.awsLocal.gate.set(false);
  expect((await first).status).toBe(200);
  expect(served(tenant.id)).toHaveLength(1);
});

test("keys are each tenant's own, and free again after a day", { timeout }, async () => {
  const [path, body] = wires[0];
  const [one, other] = [await api.newTenant(), await api.newTenant()];
  for (const { apiKey } of [one, other]) {
    expect((await send(path, apiKey, "same", body)).headers.get("idempotency-replayed")).toBeNull();
  }
  api.clock.set(startMs + 86_400_001);
  const later = await send(path, one.apiKey, "same", { ...body, max_tokens: 5 });
  expect(later.status).toBe(200);
  expect(served(one.tenant.id)).toHaveLength(2);
});

test("keys are each end user's own, where end users have signed in", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  const { authentication } = api.parts.tenant;
  const ticket = (await ticketOf(apiKey, authentication))!;
  const nowMs = api.clock.now();
  const [path, body] = wires[0];
  for (const user of ["ada", "bob"]) {
    const claims = { ...ticket, user, expiresAtMs: nowMs + 60_000 };
    const token = await authentication.accessTokens!.sign(claims, nowMs);
    expect((await send(path, token, "k", body)).headers.get("idempotency-replayed")).toBeNull();
    expect((await send(path, token, "k", body)).headers.get("idempotency-replayed")).toBe("true");
  }
  expect(served(tenant.id)).toHaveLength(2);
});

test("what was refused, or failed before an answer, is not kept: a retry runs", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  const [path, body] = wires[0];
  expect((await send(path, apiKey, "k", { ...body, model: "nothing" })).status).toBe(404);
  api.awsLocal.addFault({
    service: "bedrock",
    kind: "error",
    name: "ServiceUnavailableException",
    tenant: tenant.id,
  });
  expect((await send(path, apiKey, "k", body)).status).toBeGreaterThanOrEqual(500);
  expect((await send(path, apiKey, "k", body)).status).toBe(200);
});

test("a reader that leaves in mid-stream ends the call and frees the key", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.setSpeed({ tokensPerSecond: 50 });
  const [path] = wires[1];
  const body = { model, stream: true, messages: [{ role: "user", content: "[[tokens=250]]" }] };
  const first = await send(path, apiKey, "k", body);
  const reader = first.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await expect.poll(() => served(tenant.id)[0]?.status, { timeout: 10_000 }).toBe("aborted");
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
  const second = await send(path, apiKey, "k", body);
  expect(second.headers.get("idempotency-replayed")).toBeNull();
  expect(await second.text()).toContain("[DONE]");
});

test("a reader that leaves while it waits for more leaves no answer that ends where it left", {
  timeout,
}, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.setSpeed({ tokensPerSecond: 20 });
  const [path] = wires[1];
  const body = { model, stream: true, messages: [{ role: "user", content: "[[tokens=100]]" }] };
  const reader = (await send(path, apiKey, "k", body)).body?.getReader();
  // What comes at once, and a token that had to be waited for: the next one is not there yet.
  for (let read = 0; read < 4; read += 1) {
    await reader?.read();
  }
  const awaited = reader?.read();
  await new Promise((resolve) => setImmediate(resolve));
  await reader?.cancel();
  await awaited;
  await expect.poll(() => served(tenant.id)[0]?.status, { timeout: 10_000 }).toBe("aborted");
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
  const second = await send(path, apiKey, "k", body);
  expect(second.headers.get("idempotency-replayed")).toBeNull();
  expect(await second.text()).toContain("[DONE]");
});

test("a stream that broke off was charged, and is replayed as it was", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.addFault({ service: "bedrock", kind: "exception", afterEvents: 4, tenant: tenant.id });
  const [path, body] = wires[3];
  const first = await (await send(path, apiKey, "k", body)).text();
  expect(first).toContain("event: error");
  expect(await (await send(path, apiKey, "k", body)).text()).toBe(first);
  expect(served(tenant.id)).toHaveLength(1);
});

test("an answer of several pieces is replayed whole", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  const body = { model, stream: true, messages: [{ role: "user", content: "[[tokens=9000]]" }] };
  const first = await bytesOf(await send("/v1/chat/completions", apiKey, "k", body));
  expect(first.length).toBeGreaterThan(300_000);
  const second = await bytesOf(await send("/v1/chat/completions", apiKey, "k", body));
  expect(second.equals(first)).toBe(true);
  expect(served(tenant.id)).toHaveLength(1);
});

test("an admin's write is made once: a tenant, and an API key whose text is told again", {
  timeout,
}, async () => {
  const write = (path: string, body: unknown) => send(`/admin/v1${path}`, api.adminToken, path, body);
  const newTenant = { name: "Once", monthlyCapUsd: "10", requestsPerMinute: 10 };
  const [first, second] = [await write("/tenants", newTenant), await write("/tenants", newTenant)];
  expect(first.status).toBe(201);
  const tenant = (await first.json()) as { id: string };
  expect(await second.json()).toEqual(tenant);
  const keys = [1, 2].map(() => write(`/tenants/${tenant.id}/keys`, { name: "k" }));
  const [one, other] = await Promise.all(keys);
  expect(await other?.text()).toBe(await one?.text());
  const reused = await write("/tenants", { ...newTenant, name: "Other" });
  expect(reused.status).toBe(422);
});

test("a key that is empty or too long is refused by name; without one nothing is stored", {
  timeout,
}, async () => {
  const { tenant, apiKey } = await api.newTenant();
  const [path, body] = wires[0];
  const long = await send(path, apiKey, "k".repeat(256), body);
  expect(await long.json()).toMatchObject({ error: { code: "invalid_request", param: "idempotency-key" } });
  await bytesOf(await api.send("POST", path, { key: apiKey, body }));
  await bytesOf(await api.send("POST", path, { key: apiKey, body }));
  expect(served(tenant.id)).toHaveLength(2);
});

test("what is stored shows nobody an answer who has not its key's text", () => {
  const plain = Buffer.from("an answer");
  const seal = createSeal("secret", "key", "r1");
  const sealed = seal.seal(0, plain);
  expect(Buffer.from(sealed).includes(plain)).toBe(false);
  expect(Buffer.from(seal.open(0, sealed)).equals(plain)).toBe(true);
  for (const other of [
    createSeal("other", "key", "r1"),
    createSeal("secret", "k", "r1"),
    createSeal("secret", "key", "r2"),
  ]) {
    expect(() => other.open(0, sealed)).toThrow();
  }
  expect(() => seal.open(1, sealed)).toThrow();
});

test("a stranger's key is of no use: callers are known before keys are looked at", { timeout }, async () => {
  const [path, body] = wires[0];
  expect((await send(path, "nobody", "k", body)).status).toBe(401);
});

test("Anthropic's SDK throws its own typed error for a key that was used otherwise", {
  timeout,
}, async () => {
  const { apiKey } = await api.newTenant();
  const client = new Anthropic({
    baseURL: "http://api.test",
    apiKey,
    fetch: (url, init) => Promise.resolve(api.fetch(new Request(url, init))),
  });
  const headers = { "idempotency-key": "k" };
  const ask = (content: string) =>
    client.messages.create({ model, max_tokens: 50, messages: [{ role: "user", content }] }, { headers });
  const first = await ask("Hi");
  expect(await ask("Hi")).toEqual(first);
  await expect(ask("Ho")).rejects.toBeInstanceOf(Anthropic.UnprocessableEntityError);
});
