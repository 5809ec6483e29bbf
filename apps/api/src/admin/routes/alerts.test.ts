import type { Tenant } from "@caprock/domain";
import { AlertRaiser } from "@caprock/metering";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");

let api: OpenApi;
let tenant: Tenant;

beforeAll(async () => {
  api = await openApi(startMs);
  ({ tenant } = await api.newTenant());
}, timeoutMs);
afterAll(() => api?.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await api.send(method, `/admin/v1/${path}`, { key: api.adminToken, body });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

test("alerts are listed newest first, of all owners or of one, page by page", {
  timeout: timeoutMs,
}, async () => {
  const raiser = new AlertRaiser(api.alerts, api.clock);
  for (const [owner, level] of [
    [tenant.id, "80"],
    ["platform", "50"],
    [tenant.id, "100"],
  ] as const) {
    api.clock.advance(1_000);
    const facts = { percent: level };
    const draft = {
      owner,
      rule: "threshold",
      window: "2026-11",
      level,
      summary: `${level} % is used.`,
      facts,
    } as const;
    expect(await raiser.raise(draft)).toBe(true);
    expect(await raiser.raise(draft)).toBe(false);
  }
  const all = await call("GET", "alerts");
  expect(all.body.alerts).toMatchObject([
    { owner: tenant.id, facts: { percent: "100" }, raisedAt: "2026-11-22T12:00:03.000Z", deliveries: [] },
    { owner: "platform", facts: { percent: "50" } },
    { owner: tenant.id, facts: { percent: "80" } },
  ]);
  const first = await call("GET", `alerts?owner=${tenant.id}&limit=1`);
  const second = await call("GET", `alerts?owner=${tenant.id}&limit=1&after=${first.body.next}`);
  expect(first.body.alerts).toMatchObject([{ facts: { percent: "100" } }]);
  expect(second.body.alerts).toMatchObject([{ facts: { percent: "80" } }]);
  expect(await call("GET", "alerts?after=nowhere")).toMatchObject({
    status: 400,
    body: { error: { code: "invalid_request", param: "after" } },
  });
});

test("a tenant has the default rules until it is given its own, and the change is audited", {
  timeout: timeoutMs,
}, async () => {
  const path = `tenants/${tenant.id}/alert-rules`;
  const defaults = {
    percents: [80, 100],
    counting: "settled",
    limits: "monthly-cap",
    forecast: true,
    anomalyFloorUsd: "1.000000000",
  };
  expect(await call("GET", path)).toEqual({ status: 200, body: { ...defaults, own: false, version: 0 } });
  const own = { ...defaults, percents: [90, 50, 50], counting: "held", anomalyFloorUsd: null };
  const set = { status: 200, body: { ...own, percents: [50, 90], own: true, version: 1 } };
  expect(await call("PUT", path, own)).toEqual(set);
  expect(await call("GET", path)).toEqual(set);
  expect((await call("GET", "platform/alert-rules")).body).toMatchObject({ own: false });
  expect((await call("PUT", "platform/alert-rules", { ...own, anomalyFloorUsd: "2.5" })).body).toMatchObject({
    anomalyFloorUsd: "2.500000000",
  });
  const { body } = await call("GET", `tenants/${tenant.id}/audit?limit=1`);
  expect(body.entries).toMatchObject([{ action: "alerts.rules", actor: "admin-token" }]);
  for (const [method, where, sent, status] of [
    ["GET", "tenants/t000000000000/alert-rules", undefined, 404],
    ["PUT", "tenants/t000000000000/alert-rules", own, 404],
    ["PUT", path, { ...own, percents: [0] }, 400],
    ["PUT", path, { ...own, extra: 1 }, 400],
  ] as const) {
    expect(await call(method, where, sent)).toMatchObject({ status });
  }
});

test("of admins who edit rules at once all are told whose hold, by version, and none undoes an edit unseen", {
  timeout: timeoutMs,
}, async () => {
  const edited = await api.newTenant();
  const path = `tenants/${edited.tenant.id}/alert-rules`;
  const rules = { percents: [80], counting: "settled", limits: "all", forecast: true, anomalyFloorUsd: null };
  const edits = await Promise.all(
    [1, 2, 3].map((percent) => call("PUT", path, { ...rules, percents: [percent] })),
  );
  expect(edits.map(({ status }) => status)).toEqual([200, 200, 200]);
  const standing = await call("GET", path);
  expect(standing.body.version).toBe(3);
  expect(edits.filter(({ body }) => body.version === standing.body.version)).toEqual([standing]);
  const { body } = await call("GET", `tenants/${edited.tenant.id}/audit`);
  expect(body.entries).toContainEqual(
    expect.objectContaining({
      change: expect.objectContaining({
        version: 3,
        thresholds: expect.objectContaining({ percents: standing.body.percents }),
      }),
    }),
  );
  expect(await call("PUT", path, { ...rules, version: 2 })).toMatchObject({
    status: 409,
    body: { error: { code: "conflict", param: "version" } },
  });
  expect(await call("GET", path)).toEqual(standing);
  expect(await call("PUT", path, { ...rules, version: 3 })).toMatchObject({
    status: 200,
    body: { version: 4 },
  });
});

test("a range is asked to be reconciled when it is over, and is listed", { timeout: timeoutMs }, async () => {
  const wanted = { source: "invocation-log", start: "2026-11-22T08:00:00Z", end: "2026-11-22T10:00:00Z" };
  const requested = await call("POST", "reconciliations", wanted);
  expect(requested).toMatchObject({
    status: 201,
    body: { source: "invocation-log", state: "requested", start: "2026-11-22T08:00:00.000Z" },
  });
  expect((await call("GET", "reconciliations?source=invocation-log")).body).toEqual({
    reconciliations: [requested.body],
  });
  expect((await call("GET", "reconciliations?source=billing-export")).body).toEqual({ reconciliations: [] });
  expect(await api.reconciliations.due(api.clock.now(), 10)).toHaveLength(1);
  const refused = [
    [{ ...wanted, end: "2026-11-22T11:00:00Z" }, "invalid_request"],
    [{ ...wanted, end: wanted.start }, "invalid_request"],
    [{ ...wanted, start: "2026-10-01T00:00:00Z" }, "invalid_request"],
    [
      { source: "billing-export", start: "2026-11-18T01:00:00Z", end: "2026-11-19T00:00:00Z" },
      "invalid_request",
    ],
    [{ source: "elsewhere", start: wanted.start, end: wanted.end }, "invalid_request"],
  ] as const;
  for (const [body, code] of refused) {
    expect(await call("POST", "reconciliations", body)).toMatchObject({
      status: 400,
      body: { error: { code } },
    });
  }
  const days = { source: "billing-export", start: "2026-11-17T00:00:00Z", end: "2026-11-19T00:00:00Z" };
  expect((await call("POST", "reconciliations", days)).status).toBe(201);
});
