import { newRequestId, noTokens, type Tenant } from "@caprock/domain";
import { closeMonth, type LedgerEntry } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-20T12:00:00Z");

let api: OpenApi;
let tenant: Tenant;

beforeAll(async () => {
  api = await openApi(startMs);
}, timeoutMs);
beforeEach(async () => {
  api.clock.set(startMs);
  ({ tenant } = await api.newTenant("Asia/Kolkata"));
});
afterAll(() => api?.close());

/** A call of a million tokens that an older edition listed at 1 USD; the present one lists them at 1.10 (geo). */
async function charged(wanted: Partial<LedgerEntry> = {}): Promise<LedgerEntry> {
  const requestId = newRequestId(api.clock, systemRandom);
  return api.ledger.record({
    requestId,
    tenantId: tenant.id,
    apiKeyId: "k000000000000",
    application: "default",
    modelId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    invokedId: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    wire: "test",
    status: "completed",
    arrivedAtMs: api.clock.now(),
    settledAtMs: api.clock.now(),
    usage: { ...noTokens, input: 1_000_000 },
    lines: [],
    unitLines: [],
    listCostNanoUsd: 1_000_000_000n,
    markupBasisPoints: 0,
    costNanoUsd: 1_000_000_000n,
    priceBookVersion: "2026-09-01",
    serviceTier: "default",
    estimated: false,
    assumedClasses: [],
    simulated: false,
    ...wanted,
  });
}

async function call(method: "GET" | "POST", path: string, body?: unknown) {
  const response = await api.send(method, `/admin/v1/tenants/${path}`, { key: api.adminToken, body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a month is priced again: first as a dry run, then once, with the audit log told", {
  timeout: timeoutMs,
}, async () => {
  const entries = [await charged(), await charged()];
  await charged({ invokedId: "vendor.gone" });
  const report = {
    month: "2026-11",
    priceBookVersion: "2026-11-22",
    entries: 3,
    adjusted: 2,
    deltaUsd: "0.200000000",
    models: [{ modelId: entries[0]!.modelId, adjusted: 2, deltaUsd: "0.200000000" }],
    unpriced: 1,
    estimated: 0,
  };
  const asked = { month: "2026-11", reason: "geo premium" };
  expect(await call("POST", `${tenant.id}/rerate`, asked)).toEqual({
    status: 200,
    body: { ...report, dryRun: true },
  });
  expect((await call("GET", `${tenant.id}/adjustments`)).body).toEqual({ adjustments: [] });

  const done = await call("POST", `${tenant.id}/rerate`, { ...asked, dryRun: false });
  expect(done).toEqual({ status: 200, body: { ...report, dryRun: false } });
  const again = await call("POST", `${tenant.id}/rerate`, { ...asked, dryRun: false });
  expect(again.body).toMatchObject({ adjusted: 0, deltaUsd: "0.000000000" });

  const first = await call("GET", `${tenant.id}/adjustments?limit=1`);
  expect(first.body.adjustments).toEqual([
    expect.objectContaining({
      kind: "rerate",
      deltaUsd: "0.100000000",
      billedMonth: "2026-11",
      fromPriceBookVersion: "2026-09-01",
      toPriceBookVersion: "2026-11-22",
      reason: "geo premium",
      author: "admin-token",
    }),
  ]);
  const rest = await call("GET", `${tenant.id}/adjustments?limit=1&after=${first.body.next}`);
  expect(rest.body).toEqual({ adjustments: [expect.objectContaining({ deltaUsd: "0.100000000" })] });
  const audit = await call("GET", `${tenant.id}/audit`);
  expect(audit.body.entries).toContainEqual(
    expect.objectContaining({
      action: "ledger.rerate",
      change: { month: "2026-11", reason: "geo premium", priceBookVersion: "2026-11-22" },
    }),
  );
});

test("closed months are listed with their bill", { timeout: timeoutMs }, async () => {
  await charged();
  await call("POST", `${tenant.id}/rerate`, { month: "2026-11", reason: "test", dryRun: false });
  api.clock.set(Date.parse("2026-12-03T18:30:00Z"));
  const { accounts, ledger, adjustments, closedMonths, clock } = api;
  const parts = { accounts, ledger, adjustments, closedMonths, clock, closeAfterMs: 3 * 86_400_000 };
  await closeMonth(tenant, "2026-11", parts);
  expect((await call("GET", `${tenant.id}/closed-months`)).body).toEqual({
    closedMonths: [
      {
        month: "2026-11",
        timeZone: "Asia/Kolkata",
        start: "2026-10-31T18:30:00.000Z",
        end: "2026-11-30T18:30:00.000Z",
        closedAt: "2026-12-03T18:30:00.000Z",
        entries: 1,
        tokens: { input: 1_000_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 },
        listCostUsd: "1.000000000",
        costUsd: "1.000000000",
        adjustments: 1,
        adjustmentsUsd: "0.100000000",
        billUsd: "1.100000000",
        entriesSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ],
  });
});

test.each([
  ["rerate", "POST", { month: "2026-11", reason: "test" }],
  ["adjustments", "GET", undefined],
  ["closed-months", "GET", undefined],
] as const)(
  "%s of another's tenant id answers like one that never existed",
  { timeout: timeoutMs },
  async (path, method, body) => {
    expect((await call(method, `t00000000000v/${path}`, body)).status).toBe(404);
  },
);

test("a month priced again needs a month and a reason", { timeout: timeoutMs }, async () => {
  for (const body of [
    { month: "2026-11" },
    { month: "november", reason: "x" },
    { month: "2026-11", reason: " " },
  ]) {
    expect((await call("POST", `${tenant.id}/rerate`, body)).status).toBe(400);
  }
});
