import type { AdminClient } from "@caprock/contract";
import type { Tenant } from "@caprock/domain";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeout = 60_000;
let api: OpenApi;
let admin: AdminClient;
let tenant: Tenant;
let params: { tenantId: string };

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  admin = adminClient(api);
}, timeout);
beforeEach(async () => {
  ({ tenant } = await api.newTenant());
  params = { tenantId: tenant.id };
});
afterAll(() => api?.close());

test("a tenant's context policy is set whole, kept by other edits, audited, and reset by an empty one", {
  timeout,
}, async () => {
  expect(await admin.readTenant({ params })).toMatchObject({ contextPolicy: {}, version: 1 });
  const contextPolicy = {
    strategy: "summarise",
    windowTokens: 4_000,
    recallShare: 0.3,
    summaryShare: 0.2,
    memoriesShare: 0.1,
    documentsShare: 0.4,
    summariserModel: "us.amazon.nova-lite-v1:0",
    embeddingModel: "amazon.titan-embed-text-v2:0",
    keepToolResults: 2,
    cachePoints: true,
  } as const;
  await admin.updateTenant({ params, body: { contextPolicy, version: 1 } });
  await admin.updateTenant({ params, body: { name: "Renamed" } });
  expect(await admin.readTenant({ params })).toMatchObject({ contextPolicy, version: 3 });
  const { entries } = await admin.listAudit({ params, query: {} });
  expect(entries.map(({ change }) => change)).toContainEqual(expect.objectContaining({ contextPolicy }));
  await admin.updateTenant({ params, body: { contextPolicy: { recallShare: 0.2 } } });
  expect((await admin.readTenant({ params })).contextPolicy).toEqual({ recallShare: 0.2 });
  await admin.updateTenant({ params, body: { contextPolicy: {} } });
  expect((await admin.readTenant({ params })).contextPolicy).toEqual({});
});

test("a policy that was read before someone else's edit is refused, and nothing changes", {
  timeout,
}, async () => {
  await admin.updateTenant({ params, body: { name: "Renamed" } });
  const late = admin.updateTenant({ params, body: { contextPolicy: { windowTokens: 4_000 }, version: 1 } });
  await expect(late).rejects.toMatchObject({ status: 409, code: "conflict" });
  expect(await admin.readTenant({ params })).toMatchObject({ contextPolicy: {}, version: 2 });
});

test.each([
  [{ strategy: "oldest" }, "contextPolicy.strategy"],
  [{ summaryShare: 2 }, "contextPolicy.summaryShare"],
  [{ cachePoints: "on" }, "contextPolicy.cachePoints"],
  [{ summariserModel: "no.such-model" }, "contextPolicy.summariserModel"],
  [{ summariserModel: "amazon.titan-embed-text-v2:0" }, "contextPolicy.summariserModel"],
  [{ embeddingModel: "no.such-model" }, "contextPolicy.embeddingModel"],
  [{ embeddingModel: "us.amazon.nova-lite-v1:0" }, "contextPolicy.embeddingModel"],
  [{ windowTokens: 10 }, "contextPolicy.windowTokens"],
  [{ recallShare: -1 }, "contextPolicy.recallShare"],
  [{ keepToolResults: 1.5 }, "contextPolicy.keepToolResults"],
  [{ unknown: 1 }, "contextPolicy"],
])("%j is refused by its member", { timeout }, async (contextPolicy, param) => {
  const response = await api.send("PATCH", `/admin/v1/tenants/${tenant.id}`, {
    key: api.adminToken,
    body: { contextPolicy },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param } });
});
