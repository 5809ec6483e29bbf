import type { AdminClient } from "@caprock/contract";
import { newRequestId, type Tenant } from "@caprock/domain";
import { heldOn, monthlyCap } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const hourMs = 3_600_000;
const model = "amazon.nova-lite-v1:0";

let api: OpenApi;
let admin: AdminClient;
let tenant: Tenant;
let apiKey: string;
let params: { tenantId: string };

beforeAll(async () => {
  api = await openApi(startMs);
  admin = adminClient(api);
}, timeoutMs);
beforeEach(async () => {
  api.clock.set(startMs);
  ({ tenant, apiKey } = await api.newTenant());
  params = { tenantId: tenant.id };
});
afterAll(() => api?.close());

const at = (ms: number) => new Date(ms).toISOString();
const update = (body: Parameters<AdminClient["updateTenant"]>[0]["body"]) =>
  admin.updateTenant({ params, body });

async function call(key = apiKey): Promise<number> {
  const body = { model, max_tokens: 10, messages: [{ role: "user", content: "[[tokens=5]]" }] };
  const response = await api.send("POST", "/v1/chat/completions", { key, body });
  await response.text();
  return response.status;
}

const standing = async (limitId: string, query = {}) => {
  const { limits } = await admin.listLimits({ params, query });
  return limits.find((limit) => limit.limitId === limitId);
};

test("limits, policy and markup are set and read in the wire's own units", {
  timeout: timeoutMs,
}, async () => {
  const rules = [
    { id: "bots", scope: "application", unit: "usd", window: "day", amount: "1.50" },
    { id: "one-model", scope: "model", of: model, unit: "tokens", window: "minute", amount: 5_000 },
    { id: "at-once", scope: "tenant", unit: "concurrency", amount: 3 },
  ] as const;
  const changed = await update({
    rules: [...rules],
    overBudget: { kind: "fall-back", modelId: model },
    markup: { basisPoints: 1_500, from: at(startMs + hourMs) },
    version: 1,
  });
  expect(changed).toMatchObject({
    rules: [{ ...rules[0], amount: "1.500000000" }, rules[1], rules[2]],
    overBudget: { kind: "fall-back", modelId: model },
    markups: [{ from: at(startMs + hourMs), basisPoints: 1_500 }],
    version: 2,
  });
  expect(await admin.readTenant({ params })).toEqual(changed);
  await expect(update({ rules: [], version: 1 })).rejects.toMatchObject({ status: 409, code: "conflict" });
});

const rule = { id: "a", scope: "tenant", unit: "tokens", window: "day", amount: 1 };
test.each<[unknown, string]>([
  [{ rules: [rule, { ...rule, id: "B" }] }, "rules[1].id"],
  [{ rules: [{ ...rule, unit: "euro" }] }, "rules[0].unit"],
  [{ rules: [{ ...rule, unit: "usd", amount: "1e3" }] }, "rules[0].amount"],
  [{ rules: [{ ...rule, amount: 1.5 }] }, "rules[0].amount"],
  [{ rules: [{ ...rule, window: "year" }] }, "rules[0].window"],
  [{ rules: [{ ...rule, window: undefined }] }, "rules[0].window"],
  [{ rules: [{ ...rule, unit: "requests", window: "minute" }] }, "rules[0].window"],
  [{ rules: [{ ...rule, scope: "platform" }] }, "rules[0].scope"],
  [{ rules: [rule, { ...rule, id: "b" }] }, "rules[1].scope"],
  [{ rules: [{ ...rule, scope: "model", of: "no.such-model" }] }, "rules[0].of"],
  [{ rules: [{ ...rule, scope: "model", of: `us.${model}` }] }, "rules[0].of"],
  [{ overBudget: { kind: "fall-back", modelId: "no.such-model" } }, "overBudget.modelId"],
  [{ rules: [{ ...rule, scope: "key", of: "k000000000000" }] }, "rules[0].of"],
  [{ overBudget: { kind: "fall-back", modelId: "amazon.titan-embed-text-v2:0" } }, "overBudget.modelId"],
  [{ overBudget: { kind: "panic" } }, "overBudget.kind"],
  [{ markup: { basisPoints: 1, from: at(startMs - 1) } }, "markup.from"],
])("%j is refused by its member, and nothing changes", { timeout: timeoutMs }, async (body, param) => {
  const path = `/admin/v1/tenants/${tenant.id}`;
  const response = await api.send("PATCH", path, { key: api.adminToken, body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: "invalid_request", param, message: expect.stringContaining(`${param}: `) },
  });
  expect(await admin.readTenant({ params })).toMatchObject({ version: 1, rules: [] });
});

test("every limit of a call stands as it is used, held and left, part by part", {
  timeout: timeoutMs,
}, async () => {
  await update({
    rules: [
      { id: "bots", scope: "application", unit: "requests", window: "day", amount: 7 },
      { id: "models", scope: "model", unit: "usd", window: "month", amount: "2" },
    ],
  });
  expect([await call(), await call()]).toEqual([200, 200]);
  const cap = monthlyCap(tenant, startMs);
  const hold = {
    requestId: newRequestId(api.clock, systemRandom),
    tenantId: tenant.id,
    expiresAtMs: startMs + 60_000,
  };
  await api.accounts.hold(cap, { ...hold, amount: 300n });
  const { settled } = (await api.accounts.read(cap.accountId))!;
  const { limits } = await admin.listLimits({ params });
  expect(limits.map(({ limitId }) => limitId)).toEqual(["requests-per-minute", "monthly-cap"]);
  expect(limits[1]).toMatchObject({
    unit: "usd",
    limit: "10.000000000",
    held: "0.000000300",
    settled: `0.${String(settled).padStart(9, "0")}`,
    window: { kind: "month", label: "2026-11", resetsAt: "2026-12-01T00:00:00.000Z" },
  });
  expect(await standing("bots", { application: "default" })).toMatchObject({
    owner: "tenant",
    of: "default",
    unit: "requests",
    limit: 7,
    settled: 2,
    held: 0,
    remaining: 5,
  });
  expect(await standing("models", { modelId: model })).toMatchObject({ of: model, limit: "2.000000000" });
  expect(await standing("models", { modelId: `us.${model}` })).toMatchObject({ of: model });
  await expect(standing("models", { modelId: "no.such-model" })).rejects.toMatchObject({ param: "modelId" });
  expect(await standing("bots", { application: "other" })).toMatchObject({ settled: 0, remaining: 7 });
});

test("an override begins and ends by the clock, and shows while it holds", {
  timeout: timeoutMs,
}, async () => {
  await update({ monthlyCapUsd: "0" });
  const body = { limitId: "monthly-cap", unit: "usd", amount: "50", reason: "launch" } as const;
  const [from, until] = [startMs + hourMs, startMs + 2 * hourMs];
  const override = await admin.addOverride({ params, body: { ...body, from: at(from), until: at(until) } });
  expect(override).toMatchObject({ amount: "50.000000000", author: "admin-token", reason: "launch" });
  const statusAt = (ms: number) => {
    api.clock.set(ms);
    return call();
  };
  expect(await statusAt(from - 1)).toBe(429);
  expect(await standing("monthly-cap")).not.toHaveProperty("override");
  expect(await statusAt(from)).toBe(200);
  expect(await standing("monthly-cap")).toMatchObject({ limit: "50.000000000", override });
  expect(await statusAt(until - 1)).toBe(200);
  expect(await statusAt(until)).toBe(429);
  expect(await standing("monthly-cap")).toMatchObject({ limit: "0.000000000", remaining: "0.000000000" });
});

test("an override that is ended early ends at once", { timeout: timeoutMs }, async () => {
  await update({ monthlyCapUsd: "0" });
  const { id: overrideId } = await admin.addOverride({
    params,
    body: {
      limitId: "monthly-cap",
      unit: "usd",
      amount: "50",
      until: at(startMs + hourMs),
      reason: "launch",
    },
  });
  expect(await call()).toBe(200);
  await admin.endOverride({ params: { ...params, overrideId } });
  expect(await call()).toBe(429);
  await expect(admin.endOverride({ params: { ...params, overrideId } })).rejects.toMatchObject({
    status: 404,
  });
});

test("a cap that is edited while calls hold money leaves what they hold, and frees nothing that they use", {
  timeout: timeoutMs,
}, async () => {
  const cap = monthlyCap(tenant, startMs);
  const requestId = newRequestId(api.clock, systemRandom);
  const amount = 6_000_000_000n;
  await api.accounts.hold(cap, { requestId, tenantId: tenant.id, amount, expiresAtMs: startMs + 60_000 });
  const read = async () => {
    const account = (await api.accounts.read(cap.accountId))!;
    return { ...account, held: heldOn(account) };
  };
  await update({ monthlyCapUsd: "2" });
  expect(await read()).toMatchObject({ limit: 2_000_000_000n, held: amount, available: -4_000_000_000n });
  expect(await standing("monthly-cap")).toMatchObject({ held: "6.000000000", remaining: "0.000000000" });
  expect(await call()).toBe(429);
  await api.accounts.settle(cap.accountId, { requestId, amount }, 1_000_000_000n);
  expect(await read()).toMatchObject({ settled: 1_000_000_000n, held: 0n, available: 1_000_000_000n });
  expect(await call()).toBe(200);
});

test("the platform's limits bind all tenants together within five seconds of an edit", {
  timeout: timeoutMs,
}, async () => {
  const other = await api.newTenant();
  expect(await call()).toBe(200);
  const { version } = await admin.readPlatformLimits({});
  const rules = [{ id: "all", scope: "platform", unit: "requests", window: "day", amount: 2 }] as const;
  const body = { rules: [...rules], timeZone: "Asia/Kolkata", version };
  expect(await admin.replacePlatformLimits({ body })).toMatchObject({ rules, version: version + 1 });
  await expect(admin.replacePlatformLimits({ body })).rejects.toMatchObject({ status: 409 });
  api.clock.advance(5_000);
  expect([await call(), await call(other.apiKey), await call(other.apiKey)]).toEqual([200, 200, 429]);
  expect(await standing("all")).toMatchObject({
    owner: "platform",
    settled: 2,
    remaining: 0,
    window: { startsAt: "2026-11-21T18:30:00.000Z" },
  });
  const { id: overrideId } = await admin.addPlatformOverride({
    body: { limitId: "all", unit: "requests", amount: 3, until: at(startMs + hourMs), reason: "one more" },
  });
  expect([await call(other.apiKey), await call()]).toEqual([200, 429]);
  await admin.endPlatformOverride({ params: { overrideId } });
  await admin.replacePlatformLimits({ body: { rules: [], version: version + 3 } });
  api.clock.advance(5_000);
  expect(await call()).toBe(200);
});
