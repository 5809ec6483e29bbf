import { newRequestId, noTokens, type Tenant } from "@caprock/domain";
import {
  type AccountLimit,
  accountIdOf,
  heldOn,
  monthlyCap,
  platformOwner,
  windowAt,
} from "@caprock/metering";
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
  const requestId = newRequestId(api.clock, systemRandom);
  await holdOn(monthlyCap(of, api.clock.now()), { requestId, tenantId: of.id, amount }, state);
  return requestId;
}

async function holdOn(
  limit: AccountLimit,
  held: { requestId: string; tenantId: string; amount: bigint },
  state: "held" | "unresolved",
): Promise<void> {
  const expiresAtMs = api.clock.now() + 60_000;
  await api.accounts.hold(limit, { ...held, expiresAtMs });
  if (state === "unresolved") {
    await api.accounts.keep(limit.accountId, held, { amount: held.amount, expiresAtMs });
  }
}

/** A limit on tokens a day: of an application of a tenant, or of the whole platform. */
function dailyTokens(owner: AccountLimit["owner"]): AccountLimit {
  const account = {
    owner,
    ...(owner === platformOwner
      ? { scope: "platform" as const }
      : { scope: "application" as const, of: "support-bot" }),
    unit: "tokens" as const,
    window: windowAt("day", startMs, "UTC"),
  };
  return { ...account, accountId: accountIdOf(account), amount: 10_000n, version: 1 };
}

const call = (method: "GET" | "DELETE", path: string) => send(method, `tenants/${path}`);

async function send(method: "GET" | "DELETE", path: string) {
  const response = await api.send(method, `/admin/v1/${path}`, { key: api.adminToken });
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
  const onCap = {
    tenantId: tenant.id,
    owner: "tenant",
    scope: "tenant",
    unit: "usd",
    window: { kind: "month", label: "2026-11" },
  };
  expect(await call("GET", `${tenant.id}/holds`)).toEqual({
    status: 200,
    body: {
      holds: [
        {
          requestId: earlier,
          ...onCap,
          amount: "1.234567890",
          state: "unresolved",
          expiresAt: "2026-11-01T02:01:00.000Z",
        },
        {
          requestId: later,
          ...onCap,
          amount: "0.000000005",
          state: "held",
          expiresAt: "2026-11-01T02:01:01.000Z",
        },
      ],
    },
  });
});

test("an unresolved hold is given back unbilled, once", { timeout: timeoutMs }, async () => {
  const requestId = await hold(tenant, 700n, "unresolved");
  expect(await balance(tenant)).toEqual({ available: cap - 700n, settled: 0n, held: 700n });
  const released = await call("DELETE", `${tenant.id}/holds/${requestId}`);
  expect(released).toMatchObject({ status: 200, body: { released: [{ requestId, amount: "0.000000700" }] } });
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

test("holds of every window are found: a month that is over, as its own zone has it, is one of them", {
  timeout: timeoutMs,
}, async () => {
  const { tenant: american } = await api.newTenant("America/New_York");
  const october = await hold(american, 10n, "unresolved");
  api.clock.set(startMs + 3 * 3_600_000);
  const november = await hold(american, 20n, "unresolved");
  const listed = async () => {
    const { body } = await call("GET", `${american.id}/holds`);
    return (body as { holds: { requestId: string; window: { label: string } }[] }).holds.map(
      ({ requestId, window }) => [requestId, window.label],
    );
  };
  expect(await listed()).toEqual([
    [october, "2026-10"],
    [november, "2026-11"],
  ]);
  expect((await call("DELETE", `${american.id}/holds/${october}`)).status).toBe(200);
  expect(await listed()).toEqual([[november, "2026-11"]]);
});

test("what a call left unresolved is given back on each account of the tenant and the platform, told once", {
  timeout: timeoutMs,
}, async () => {
  const requestId = newRequestId(api.clock, systemRandom);
  const [ofApplication, ofPlatform] = [dailyTokens(tenant.id), dailyTokens(platformOwner)];
  const limits = [monthlyCap(tenant, startMs), ofApplication, ofPlatform];
  for (const limit of limits) {
    await holdOn(limit, { requestId, tenantId: tenant.id, amount: 9n }, "unresolved");
  }
  const onPlatform = { requestId, tenantId: tenant.id, owner: "platform", scope: "platform", amount: 9 };
  const onApplication = { owner: "tenant", scope: "application", of: "support-bot", unit: "tokens" };
  expect((await call("GET", `${tenant.id}/holds`)).body).toMatchObject({
    holds: [
      { ...onApplication, amount: 9 },
      { scope: "tenant", unit: "usd", amount: "0.000000009" },
    ],
  });
  expect((await send("GET", "platform/holds")).body).toMatchObject({ holds: [onPlatform] });
  const released = await call("DELETE", `${tenant.id}/holds/${requestId}`);
  expect((released.body as { released: unknown[] }).released).toHaveLength(3);
  for (const { accountId, amount } of limits) {
    expect(await api.accounts.read(accountId)).toMatchObject({ available: amount, settled: 0n, holds: [] });
  }
  const { body } = await call("GET", `${tenant.id}/audit`);
  const entries = (body as { entries: { action: string; target: string }[] }).entries;
  expect(entries.filter(({ action }) => action === "hold.release")).toMatchObject([{ target: requestId }]);
});

test("what a dead process left open of its grant is given back where it was, and nowhere else", {
  timeout: timeoutMs,
}, async () => {
  const grantId = newRequestId(api.clock, systemRandom);
  const [own, platform] = [dailyTokens(tenant.id), dailyTokens(platformOwner)];
  await holdOn(own, { requestId: grantId, tenantId: tenant.id, amount: 5n }, "unresolved");
  await holdOn(platform, { requestId: grantId, tenantId: platformOwner, amount: 6n }, "unresolved");
  expect(await call("DELETE", `${tenant.id}/holds/${grantId}`)).toMatchObject({
    status: 200,
    body: { released: [{ owner: "tenant", amount: 5 }] },
  });
  const released = await send("DELETE", `platform/holds/${grantId}`);
  expect(released).toMatchObject({ status: 200, body: { released: [{ owner: "platform", amount: 6 }] } });
  expect(released.body).not.toHaveProperty("released.0.tenantId");
  expect((await send("GET", "platform/holds")).body).toEqual({ holds: [] });
  expect((await send("DELETE", `platform/holds/${grantId}`)).status).toBe(404);
  expect((await send("GET", "platform/audit")).body).toMatchObject({
    entries: [{ action: "hold.release", target: grantId }],
  });
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
  ] as const;
  for (const [method, path, status, code] of cases) {
    expect(await call(method, path)).toMatchObject({ status, body: { error: { code } } });
  }
  expect(await balance(other)).toMatchObject({ held: 10n });
});
