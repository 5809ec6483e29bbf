import { createAdminClient } from "@caprock/contract";
import { allModels } from "@caprock/inference";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const haiku = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const nova = "amazon.nova-lite-v1:0";
const range = { from: "2026-11-22T11:00:00Z", to: "2026-11-22T14:00:00Z" };

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(startMs);
}, timeoutMs);
beforeEach(() => {
  api.awsLocal.clearFaults();
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(() => api?.close());

const admin = () =>
  createAdminClient({
    baseUrl: "http://api.test",
    token: api.adminToken,
    fetch: async (input, init) => api.fetch(new Request(input, init)),
  });

function chat(apiKey: string, model: string, text: string, more: Record<string, unknown> = {}) {
  return api.send("POST", "/v1/chat/completions", {
    key: apiKey,
    body: { model, messages: [{ role: "user", content: text }], ...more },
  });
}

test("before the first call every policy is priced as if all models were used", async () => {
  const { assumed, current } = await admin().readMetricsPolicy({});
  expect(assumed.models).toBe(allModels.length);
  expect(current?.series).toBe(0);
});

test("after calls that ended, were cut and failed, CloudWatch says what the ledger says", {
  timeout: timeoutMs,
}, async () => {
  const [one, two] = [await api.newTenant(), await api.newTenant("Asia/Kolkata")];
  for (const [index, { apiKey }] of [one, two, one].entries()) {
    expect((await chat(apiKey, haiku, `[[tokens=${10 + index}]]`)).status).toBe(200);
    await (await chat(apiKey, nova, "[[tokens=7]]", { stream: true })).text();
    api.clock.advance(20 * 60_000);
  }
  // Its reader leaves in mid-answer.
  api.awsLocal.setSpeed({ tokensPerSecond: 400 });
  await (await chat(one.apiKey, haiku, "[[tokens=400]]", { stream: true })).body?.cancel();
  api.awsLocal.setSpeed({ tokensPerSecond: 0 });
  // Cut by Bedrock, which tells nothing of it.
  api.awsLocal.addFault({ service: "bedrock", kind: "cut", afterEvents: 4, tenant: two.tenant.id });
  await (await chat(two.apiKey, haiku, "[[tokens=50]]", { stream: true })).text();
  await api.metrics.flush();

  const { rows, agrees } = await admin().compareSources({ query: range });
  expect(rows.map(({ tenantId, ledger }) => [tenantId, ledger.requests])).toEqual(
    [one, two]
      .flatMap(({ tenant }, index) => [
        [tenant.id, [2, 1][index]],
        [tenant.id, [3, 2][index]],
      ])
      .sort(),
  );
  for (const { ledger, cloudWatch, difference, share } of rows) {
    expect(cloudWatch.tokens).toEqual(ledger.tokens);
    expect(difference.requests).toBe(0);
    expect(share).toBeLessThanOrEqual(1e-9);
    expect(Number(ledger.costUsd)).toBeGreaterThan(0);
  }
  expect(agrees).toBe(true);

  const asked = { month: "2026-11", groupBy: "tenant,model,day" };
  const report = await admin().usageReport({ query: { ...asked, source: "cloudwatch" } });
  const fromLedger = await admin().usageReport({ query: asked });
  const sums = ({ group, requests, tokens, costUsd }: (typeof report.rows)[number]) => ({
    group,
    requests,
    tokens,
    costUsd,
  });
  expect(report.rows).toEqual(fromLedger.rows.map(sums));
  expect(report).toMatchObject({ source: "cloudwatch", totals: { requests: 8 } });
  // There are no series by key, and no made-up ones.
  const byKey = admin().usageReport({ query: { month: "2026-11", groupBy: "key", source: "cloudwatch" } });
  await expect(byKey).rejects.toMatchObject({ status: 400, param: "source" });
});

test("a call that is not in CloudWatch yet is a difference, and agrees once it is sent", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, apiKey } = await api.newTenant();
  await chat(apiKey, nova, "[[tokens=7]]");
  const rowOf = async () => {
    const { rows, agrees } = await admin().compareSources({ query: range });
    return { row: rows.find(({ tenantId }) => tenantId === tenant.id), agrees };
  };
  expect(await rowOf()).toMatchObject({ agrees: false, row: { share: 1, difference: { requests: -1 } } });
  await api.metrics.flush();
  expect(await rowOf()).toMatchObject({ agrees: true, row: { share: 0, difference: { requests: 0 } } });
});

test("a call that a limit refuses is a throttle of its tenant and model; a bad request is none", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, apiKey } = await api.newTenant();
  await admin().updateTenant({ params: { tenantId: tenant.id }, body: { monthlyCapUsd: "0.000001" } });
  const before = await admin().readMetricsPolicy({});
  expect((await chat(apiKey, nova, "hi")).status).toBe(429);
  expect((await chat(apiKey, "no.such-model", "hi")).status).toBe(404);
  await api.metrics.flush();
  const after = await admin().readMetricsPolicy({});
  // Throttles alone, under three sets of dimensions.
  expect((after.current?.series ?? 0) - (before.current?.series ?? 0)).toBe(3);
});

test("the policy tells its price and that of the others, for the numbers there are and for any other", {
  timeout: timeoutMs,
}, async () => {
  const policy = await admin().readMetricsPolicy({ query: { tenants: 1_000, models: 10 } });
  expect(policy).toMatchObject({
    destination: "cloudwatch",
    namespace: "Caprock",
    cardinality: "all",
    assumed: { tenants: 1_000, models: 10 },
    policies: [
      // 10 metrics x (10,000 pairs, 1,000 tenants, 10 models): 3,000 + 100,100 x 0.10
      { cardinality: "all", series: 110_100, monthlyUsd: "13010.000000000" },
      { cardinality: "top", series: 320, monthlyUsd: "96.000000000" },
      { cardinality: "off", series: 100, monthlyUsd: "30.000000000" },
    ],
    // 111 calls every ten seconds of 30 days.
    putCallsMonthlyUsd: "287.712000000",
  });
  const own = await admin().readMetricsPolicy({});
  expect(own.assumed.tenants).toBeGreaterThan(0);
  expect(own.current?.series).toBeGreaterThan(0);
});

test("a comparison reaches no further than a report, and has a beginning before its end", {
  timeout: timeoutMs,
}, async () => {
  const ranges = [
    ["2025-11-22T00:00:00Z", "2026-12-28T00:00:00Z"],
    ["2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"],
    ["2026-11-22T01:00:00Z", "2026-11-22T00:00:00Z"],
  ] as const;
  for (const [from, to] of ranges) {
    await expect(admin().compareSources({ query: { from, to } })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("400 days"),
    });
  }
});
