import { BedrockRuntimeClient, CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const modelId = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

let api: OpenApi;
let listener: Listener;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
}, timeoutMs);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

const clientOf = (token: string) =>
  new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${listener.port}`,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });

test(
  "the AWS SDK counts a Converse request and a vendor's body, and nothing is charged",
  timeout,
  async () => {
    const { tenant, apiKey } = await api.newTenant();
    const client = clientOf(apiKey);
    const text = "How many tokens are these?";
    const converse = { messages: [{ role: "user" as const, content: [{ text }] }] };
    const body = Buffer.from(
      JSON.stringify({
        anthropic_version: "bedrock-2023-05-31",
        max_tokens: 9,
        messages: [{ role: "user", content: [{ type: "text", text }] }],
      }),
    );
    const counts = await Promise.all(
      [{ converse }, { invokeModel: { body } }].map(
        async (input) => (await client.send(new CountTokensCommand({ modelId, input }))).inputTokens,
      ),
    );
    client.destroy();
    expect(counts[0]).toBeGreaterThan(3);
    expect(counts[1]).toBe(counts[0]);
    expect(api.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  },
);

test("what cannot be counted is refused in AWS's own shape", timeout, async () => {
  const { apiKey } = await api.newTenant();
  const count = (id: string, body: unknown) =>
    api.send("POST", `/model/${encodeURIComponent(id)}/count-tokens`, { key: apiKey, body });
  const converse = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
  const cases: [string, unknown, number, string][] = [
    ["nope", { input: { converse } }, 404, "ResourceNotFoundException"],
    ["us.amazon.nova-lite-v1:0", { input: { converse } }, 400, "ValidationException"],
    [modelId, {}, 400, "ValidationException"],
    [modelId, { input: { converse, invokeModel: { body: "" } } }, 400, "ValidationException"],
    [
      modelId,
      { input: { converse: { messages: [{ role: "user", content: [{ what: 1 }] }] } } },
      400,
      "ValidationException",
    ],
  ];
  for (const [id, body, status, type] of cases) {
    const answer = await count(id, body);
    expect([answer.status, answer.headers.get("x-amzn-errortype")], JSON.stringify(body)).toEqual([
      status,
      type,
    ]);
  }
});

test.each([
  [
    "/v1/messages/count_tokens",
    modelId,
    (model: string) => ({ model, messages: [{ role: "user", content: "Hello" }] }),
  ],
  [
    `/model/${modelId}/count-tokens`,
    modelId,
    () => ({ input: { converse: { messages: [{ role: "user", content: [{ text: "Hello" }] }] } } }),
  ],
] as const)("counting by %s is free, but counts as a request", timeout, async (path, model, bodyFor) => {
  const { tenant, apiKey } = await api.newTenant();
  await api.send("PATCH", `/admin/v1/tenants/${tenant.id}`, {
    key: api.adminToken,
    body: { monthlyCapUsd: "0.0000001", requestsPerMinute: 2 },
  });
  // What was read of the tenant before the edit may be used for a second.
  api.clock.advance(1_001);
  const count = () => api.send("POST", path, { key: apiKey, body: bodyFor(model) });
  const first = await count();
  expect(first.status).toBe(200);
  expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
  expect((await count()).status).toBe(200);
  const third = await count();
  expect(third.status).toBe(429);
  expect(third.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await third.text()).toContain("rate_limited");
  api.clock.advance(60_000);
  expect((await count()).status).toBe(200);
  const ledger = await api.send("GET", `/admin/v1/tenants/${tenant.id}/ledger`, { key: api.adminToken });
  expect(await ledger.json()).toMatchObject({ entries: [] });
});
