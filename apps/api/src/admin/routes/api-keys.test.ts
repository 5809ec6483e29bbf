import type { AdminClient } from "@caprock/contract";
import type { Tenant } from "@caprock/domain";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const model = "amazon.nova-lite-v1:0";

let api: OpenApi;
let admin: AdminClient;
let tenant: Tenant;
let params: { tenantId: string };

beforeAll(async () => {
  api = await openApi(startMs);
  admin = adminClient(api);
}, timeoutMs);
beforeEach(async () => {
  api.clock.set(startMs);
  ({ tenant } = await api.newTenant());
  params = { tenantId: tenant.id };
});
afterAll(() => api?.close());

async function call(key: string) {
  const body = { model, max_tokens: 10, messages: [{ role: "user", content: "[[tokens=5]]" }] };
  const response = await api.send("POST", "/v1/chat/completions", { key, body });
  const { error } = (await response.json()) as { error?: { code: string } };
  return error?.code ?? response.status;
}

const newKey = (body = { name: "production", application: "bot" }) => admin.createApiKey({ params, body });

test("while a key is rotated under load no call with a secret that is good fails, and its spend goes on where it was", {
  timeout: timeoutMs,
}, async () => {
  const requests = { id: "per-key", scope: "key", unit: "requests", window: "day", amount: 1_000 } as const;
  const usd = { id: "spend", scope: "key", unit: "usd", window: "month", amount: "5" } as const;
  await admin.updateTenant({ params, body: { rules: [requests, usd] } });
  const { id: apiKeyId, apiKey: earlier } = await newKey();
  let secrets = [earlier];
  const answers: unknown[] = [];
  const caller = async (lane: number) => {
    for (let round = 0; round < 8; round += 1) {
      answers.push(await call(secrets[(round + lane) % secrets.length] ?? ""));
    }
  };
  const rotation = async () => {
    expect(await call(earlier)).toBe(200);
    const rotated = await admin.rotateApiKey({ params: { ...params, apiKeyId }, body: { graceSeconds: 60 } });
    expect(rotated).toMatchObject({ id: apiKeyId, previousSecretUntil: "2026-11-22T12:01:00.000Z" });
    secrets = [earlier, rotated.apiKey];
  };
  await Promise.all([rotation(), ...[0, 1, 2, 3].map(caller)]);
  expect(new Set(answers)).toEqual(new Set([200]));
  const { limits } = await admin.listLimits({ params, query: { apiKeyId } });
  const [perKey, spend, cap] = ["per-key", "spend", "monthly-cap"].map((id) =>
    limits.find(({ limitId }) => limitId === id),
  );
  expect(perKey).toMatchObject({ of: apiKeyId, settled: 33, held: 0, remaining: 967 });
  expect(spend?.settled).toBe(cap?.settled);
  api.clock.advance(60_000);
  expect(await Promise.all(secrets.map(call))).toEqual(["revoked_api_key", 200]);
});

test("a rotation without a word about grace keeps the earlier secret for a day", {
  timeout: timeoutMs,
}, async () => {
  const { id: apiKeyId } = await newKey();
  const rotated = await admin.rotateApiKey({ params: { ...params, apiKeyId }, body: {} });
  expect(rotated.previousSecretUntil).toBe("2026-11-23T12:00:00.000Z");
  await expect(admin.rotateApiKey({ params: { ...params, apiKeyId }, body: {} })).rejects.toMatchObject({
    status: 409,
  });
});

test("a revoked key is refused from the instant that the answer states, with every secret", {
  timeout: timeoutMs,
}, async () => {
  const { id: apiKeyId, apiKey: earlier } = await newKey();
  const { apiKey: later } = await admin.rotateApiKey({ params: { ...params, apiKeyId }, body: {} });
  api.clock.advance(1_500);
  expect(await Promise.all([earlier, later].map(call))).toEqual([200, 200]);
  const { revokedAt } = await admin.revokeApiKey({ params: { ...params, apiKeyId } });
  expect(revokedAt).toBe("2026-11-22T12:00:01.500Z");
  expect(await Promise.all([earlier, later].map(call))).toEqual(["revoked_api_key", "revoked_api_key"]);
});

test("a key calls for its application from the moment it is moved, and what was spent stays where it was", {
  timeout: timeoutMs,
}, async () => {
  const rule = { id: "apps", scope: "application", unit: "requests", window: "day", amount: 1 } as const;
  await admin.updateTenant({ params, body: { rules: [rule] } });
  const { id: apiKeyId, apiKey } = await newKey();
  expect([await call(apiKey), await call(apiKey)]).toEqual([200, "budget_exceeded"]);
  const moved = await admin.updateApiKey({
    params: { ...params, apiKeyId },
    body: { application: "search" },
  });
  expect(moved).toMatchObject({ id: apiKeyId, name: "production", application: "search" });
  expect(await call(apiKey)).toBe(200);
  const settledOf = async (application: string) => {
    const { limits } = await admin.listLimits({ params, query: { application } });
    return limits.find(({ limitId }) => limitId === "apps")?.settled;
  };
  expect([await settledOf("bot"), await settledOf("search")]).toEqual([1, 1]);
});

test("keys without an application count to the default one, and what is no application is refused", {
  timeout: timeoutMs,
}, async () => {
  expect(await admin.createApiKey({ params, body: { name: "plain" } })).toMatchObject({
    application: "default",
  });
  await expect(newKey({ name: "x", application: "no space" })).rejects.toMatchObject({
    status: 400,
    param: "application",
  });
});

test("another tenant's key is changed by nobody, and is not there", { timeout: timeoutMs }, async () => {
  const { id: apiKeyId } = await newKey();
  const { tenant: stranger } = await api.newTenant();
  const foreign = { tenantId: stranger.id, apiKeyId };
  const tries = [
    () => admin.updateApiKey({ params: foreign, body: { name: "mine" } }),
    () => admin.rotateApiKey({ params: foreign, body: {} }),
    () => admin.revokeApiKey({ params: foreign }),
    () => admin.listLimits({ params: { tenantId: stranger.id }, query: { apiKeyId } }),
  ];
  for (const one of tries) {
    await expect(one()).rejects.toMatchObject({ status: 404, code: "not_found" });
  }
});
