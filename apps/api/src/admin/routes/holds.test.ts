import { newRequestId, noTokens, type Tenant } from "@caprock/domain";
import { heldOn, monthlyCap } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
/** Still October in New York. */
const startMs = Date.parse("2026-11-01T02:00:00Z");
const cap = 10_000_000_000n;

let api: OpenApi;
let tenant: Tenant;

beforeAll(async () => {
  api = await openApi(startMs);
}, timeoutMs);
beforeEach(async () => {
  api.clock.set(startMs);
  ({ tenant } = await api.newTenant());
});
afterAll(() => api?.close());

/** Sets `amount` aside for a new call of a tenant, and leaves it unresolved if so told. */
async function hold(of: Tenant, amount: bigint, state: "held" | "unresolved"): Promise<string> {
  const limit = monthlyCap(of, api.clock.now());
  const expiresAtMs = api.clock.now() + 60_000;
  const requestId = newRequestId(api.clock, systemRandom);
  await api.accounts.hold(limit, { requestId, tenantId: of.id, amount, expiresAtMs });
  if (state === "unresolved") {
    await api.accounts.keep(limit.accountId, { requestId, amount }, { amount, expiresAtMs });
  }
  return requestId;
}

async function call(method: "GET" | "DELETE", path: string) {
  const response = await api.send(method, `/admin/v1/tenants/${path}`, { key: api.adminToken });
  return { status: response.status, body: await response.json() };
}

async function balance(of: Tenant) {
  const account = await api.accounts.read(monthlyCap(of, startMs).accountId);
  return account && { available: account.available, settled: account.settled, held: heldOn(account) };
}

test("a tenant's open holds are listed, oldest first, with exact amounts", {
  timeout: timeoutMs,
}, async () => {
  expect(await call("GET", `${tenant.id}/holds`)).toEqual({ status: 200, body: { holds: [] } });
  api.clock.set(startMs + 1_000);
  const later = await hold(tenant, 5n, "held");
  api.clock.set(startMs);
  const earlier = await hold(tenant, 1_234_567_890n, "unresolved");
  expect(await call("GET", `${tenant.id}/holds`)).toEqual({
    status: 200,
    body: {
      holds: [
        {
          requestId: earlier,
          amountUsd: "1.234567890",
          state: "unresolved",
          expiresAt: "2026-11-01T02:01:00.000Z",
        },
        { requestId: later, amountUsd: "0.000000005", state: "held", expiresAt: "2026-11-01T02:01:01.000Z" },
      ],
    },
  });
});

test("an unresolved hold is given back unbilled, once", { timeout: timeoutMs }, async () => {
  const requestId = await hold(tenant, 700n, "unresolved");
  expect(await balance(tenant)).toEqual({ available: cap - 700n, settled: 0n, held: 700n });
  const released = await call("DELETE", `${tenant.id}/holds/${requestId}`);
  expect(released).toMatchObject({ status: 200, body: { requestId, amountUsd: "0.000000700" } });
  expect(await balance(tenant)).toEqual({ available: cap, settled: 0n, held: 0n });
  expect(await call("DELETE", `${tenant.id}/holds/${requestId}`)).toMatchObject({
    status: 404,
    body: { error: { code: "not_found" } },
  });
});

test("a hold whose call may still run, or has run, stays", { timeout: timeoutMs }, async () => {
  const running = await hold(tenant, 300n, "held");
  const estimated = await hold(tenant, 400n, "unresolved");
  await api.ledger.record({
    requestId: estimated,
    tenantId: tenant.id,
    apiKeyId: "k000000000000",
    application: "default",
    modelId: "vendor.model",
    invokedId: "vendor.model",
    wire: "test",
    status: "aborted",
    arrivedAtMs: startMs,
    settledAtMs: startMs,
    usage: noTokens,
    lines: [],
    unitLines: [],
    listCostNanoUsd: 400n,
    markupBasisPoints: 0,
    costNanoUsd: 400n,
    priceBookVersion: "2026-11-22",
    serviceTier: "default",
    estimated: true,
    assumedClasses: [],
    simulated: false,
  });
  for (const requestId of [running, estimated]) {
    expect(await call("DELETE", `${tenant.id}/holds/${requestId}`)).toMatchObject({
      status: 409,
      body: { error: { code: "conflict" } },
    });
  }
  expect(await balance(tenant)).toEqual({ available: cap - 700n, settled: 0n, held: 700n });
});

test("a month is one of the tenant's time zone, and the running one unless told", {
  timeout: timeoutMs,
}, async () => {
  const { tenant: american } = await api.newTenant("America/New_York");
  const october = await hold(american, 10n, "unresolved");
  api.clock.set(startMs + 3 * 3_600_000);
  const november = await hold(american, 20n, "unresolved");
  const listed = async (query: string) => {
    const { body } = await call("GET", `${american.id}/holds${query}`);
    return (body as { holds: { requestId: string }[] }).holds.map(({ requestId }) => requestId);
  };
  expect(await listed("")).toEqual([november]);
  expect(await listed("?month=2026-11")).toEqual([november]);
  expect(await listed("?month=2026-10")).toEqual([october]);
  expect((await call("DELETE", `${american.id}/holds/${october}`)).status).toBe(404);
  expect((await call("DELETE", `${american.id}/holds/${october}?month=2026-10`)).status).toBe(200);
  expect(await listed("?month=2026-10")).toEqual([]);
  expect(await listed("")).toEqual([november]);
});

test("nobody's holds, another tenant's hold and what is no id are told apart", {
  timeout: timeoutMs,
}, async () => {
  const { tenant: other } = await api.newTenant();
  const foreign = await hold(other, 10n, "unresolved");
  const cases = [
    ["GET", "t000000000000/holds", 404, "not_found"],
    ["DELETE", `t000000000000/holds/${foreign}`, 404, "not_found"],
    ["DELETE", `${tenant.id}/holds/${foreign}`, 404, "not_found"],
    ["DELETE", `${tenant.id}/holds/x`, 400, "invalid_request"],
    ["GET", `${tenant.id}/holds?month=2026-13`, 400, "invalid_request"],
  ] as const;
  for (const [method, path, status, code] of cases) {
    expect(await call(method, path)).toMatchObject({ status, body: { error: { code } } });
  }
  expect(await balance(other)).toMatchObject({ held: 10n });
});
