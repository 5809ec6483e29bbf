import { ManualClock, newRequestId, noTokens, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
/** Already December in India and still November in Los Angeles. */
const nowMs = Date.parse("2026-11-30T20:00:00Z");

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(nowMs);
}, timeoutMs);
afterAll(() => api?.close());

async function record(tenant: Tenant, arrivedAt: string): Promise<string> {
  const arrivedAtMs = Date.parse(arrivedAt);
  const requestId = newRequestId(new ManualClock(arrivedAtMs), systemRandom);
  await api.ledger.record({
    requestId,
    tenantId: tenant.id,
    apiKeyId: "k000000000000",
    application: "default",
    modelId: "vendor.model",
    invokedId: "vendor.model",
    wire: "test",
    status: "completed",
    arrivedAtMs,
    settledAtMs: arrivedAtMs,
    usage: noTokens,
    lines: [],
    unitLines: [],
    listCostNanoUsd: 0n,
    markupBasisPoints: 0,
    costNanoUsd: 0n,
    priceBookVersion: "2026-11-22",
    serviceTier: "default",
    estimated: false,
    assumedClasses: [],
    simulated: false,
  });
  return requestId;
}

test("without a month each tenant's ledger and figures are of the month that runs in its own time zone", {
  timeout: timeoutMs,
}, async () => {
  const admin = adminClient(api);
  const [indian, american] = [
    (await api.newTenant("Asia/Kolkata")).tenant,
    (await api.newTenant("America/Los_Angeles")).tenant,
  ];
  for (const tenant of [indian, american]) {
    const [november, december] = [
      await record(tenant, "2026-11-30T12:00:00Z"),
      await record(tenant, "2026-11-30T19:00:00Z"),
    ];
    const { entries } = await admin.listLedger({ params: { tenantId: tenant.id }, query: {} });
    expect(entries.map(({ requestId }) => requestId)).toEqual(
      tenant === indian ? [december] : [november, december],
    );
  }
  const summary = await admin.usageSummary({ query: {} });
  expect(summary.month).toBe("2026-11");
  const rows = new Map(summary.tenants.map((row) => [row.tenantId, [row.month, row.requests]]));
  expect([rows.get(indian.id), rows.get(american.id)]).toEqual([
    ["2026-12", 1],
    ["2026-11", 2],
  ]);
  const asked = await admin.usageSummary({ query: { timeZone: "Asia/Kolkata" } });
  expect([asked.month, ...asked.tenants.map(({ month }) => month)]).toEqual([
    "2026-12",
    "2026-12",
    "2026-12",
  ]);
});
