import type { AdminClient } from "@caprock/contract";
import { newRequestId, type Tenant } from "@caprock/domain";
import { monthlyCap } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");

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
  const { id } = await admin.createTenant({ body: { name: "Acme", monthlyCapUsd: "10" } });
  params = { tenantId: id };
  tenant = { ...(await api.newTenant()).tenant, id };
});
afterAll(() => api?.close());

test("every change that an admin makes is in the tenant's log, by whom, and the log is whole", {
  timeout: timeoutMs,
}, async () => {
  const { id: apiKeyId } = await admin.createApiKey({ params, body: { name: "key" } });
  const key = { ...params, apiKeyId };
  await admin.updateApiKey({ params: key, body: { name: "renamed" } });
  await admin.rotateApiKey({ params: key, body: { graceSeconds: 0 } });
  await admin.revokeApiKey({ params: key });
  await admin.updateTenant({ params, body: { monthlyCapUsd: "20" } });
  const body = { limitId: "monthly-cap", unit: "usd", amount: "5", reason: "trial" } as const;
  const until = new Date(startMs + 1_000).toISOString();
  const { id: overrideId } = await admin.addOverride({ params, body: { ...body, until } });
  await admin.endOverride({ params: { ...params, overrideId } });
  const requestId = await unresolvedHold();
  await admin.releaseHold({ params: { ...params, requestId } });
  const { entries, next } = await admin.listAudit({ params });
  expect(entries.map(({ action, target }) => [action, target])).toEqual([
    ["hold.release", requestId],
    ["override.end", overrideId],
    ["override.add", overrideId],
    ["tenant.update", params.tenantId],
    ["key.revoke", apiKeyId],
    ["key.rotate", apiKeyId],
    ["key.update", apiKeyId],
    ["key.issue", apiKeyId],
    ["tenant.create", params.tenantId],
  ]);
  expect(next).toBeUndefined();
  expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set(["admin-token"]));
  expect(entries[3]?.change).toEqual({ monthlyCapNanoUsd: "20000000000", version: 2 });
  expect(entries[0]?.change).toMatchObject({ released: [{ unit: "nanoUsd", amount: "700" }] });
  expect(await admin.verifyAudit({ params })).toEqual({
    valid: true,
    intactEntries: 9,
    head: { sequence: 9, hash: entries[0]?.hash },
  });
});

async function unresolvedHold(): Promise<string> {
  const { accountId, ...limit } = monthlyCap(tenant, startMs);
  const requestId = newRequestId(api.clock, systemRandom);
  const expiresAtMs = startMs + 60_000;
  await api.accounts.hold(
    { accountId, ...limit },
    { requestId, tenantId: tenant.id, amount: 700n, expiresAtMs },
  );
  await api.accounts.keep(accountId, { requestId, amount: 700n }, { amount: 700n, expiresAtMs });
  return requestId;
}

test("the log is read page by page, newest first", { timeout: timeoutMs }, async () => {
  for (const name of ["a", "b", "c"]) {
    await admin.updateTenant({ params, body: { name } });
  }
  const first = await admin.listAudit({ params, query: { limit: 2 } });
  const second = await admin.listAudit({ params, query: { limit: 2, before: first.next } });
  expect([...first.entries, ...second.entries].map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
  expect([first.next, second.next]).toEqual([3, undefined]);
});

test("an entry that Caprock did not write is named, and the page says where to look", {
  timeout: timeoutMs,
}, async () => {
  await admin.updateTenant({ params, body: { name: "b" } });
  await api.audit.add(params.tenantId, { sequence: 3, text: "forged", hash: "0".repeat(64) });
  expect(await admin.verifyAudit({ params })).toMatchObject({
    valid: false,
    intactEntries: 2,
    head: { sequence: 2 },
    firstBroken: { sequence: 3, fault: "changed" },
  });
  await expect(admin.listAudit({ params })).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining("verify"),
  });
});

test("the platform's limits have a log of their own", { timeout: timeoutMs }, async () => {
  await admin.replacePlatformLimits({ body: { rules: [], timeZone: "UTC", version: 0 } });
  const { entries } = await admin.listPlatformAudit({});
  expect(entries).toMatchObject([
    { sequence: 1, action: "platform.limits", actor: "admin-token", change: { rules: [], version: 1 } },
  ]);
  expect(await admin.verifyPlatformAudit({})).toMatchObject({ valid: true, intactEntries: 1 });
});

test("a tenant that is not there has no log", { timeout: timeoutMs }, async () => {
  const nobody = { tenantId: "t000000000000" };
  await expect(admin.listAudit({ params: nobody })).rejects.toMatchObject({ status: 404 });
  await expect(admin.verifyAudit({ params: nobody })).rejects.toMatchObject({ status: 404 });
});
