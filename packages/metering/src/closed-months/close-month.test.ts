import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { ManualClock, newRequestId, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Adjustment } from "../adjustments/adjustment-store.ts";
import { adjustmentToItem } from "../dynamodb/adjustment-item.ts";
import { ledgerToItem } from "../dynamodb/ledger-item.ts";
import { HoldAdmission } from "../hold-admission.ts";
import { monthlyCap } from "../limits.ts";
import { admissionRequest } from "../testing/admission-request.ts";
import { collect } from "../testing/collect.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenStores, openStores, prefix, tenantWith } from "../testing/open-stores.ts";
import { type CloseMonthParts, closeMonth } from "./close-month.ts";
import { ClosedMonthLedger } from "./closed-month-ledger.ts";
import type { ClosedMonth } from "./closed-month-store.ts";
import { MonthCloser } from "./month-closer.ts";
import { verifyClosedMonth } from "./verify-closed-month.ts";

const timeoutMs = 60_000;
const dayMs = 86_400_000;
const closeAfterMs = 3 * dayMs;
const at = (text: string) => Date.parse(text);
/** November in India ends at 18:30 UTC. */
const endMs = at("2026-11-30T18:30:00Z");
const clock = new ManualClock(endMs + closeAfterMs);
let stores: OpenStores;
let tenantCount = 0;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
beforeEach(() => {
  stores.awsLocal.clearFaults();
  clock.set(endMs + closeAfterMs);
});
afterAll(() => stores.close());

function newTenant(wanted: Partial<Tenant> = {}): Tenant {
  tenantCount += 1;
  return { ...tenantWith(`t-close-${tenantCount}`), timeZone: "Asia/Kolkata", ...wanted };
}
const idAt = (text: string) => newRequestId(new ManualClock(at(text)), systemRandom);
const parts = (): CloseMonthParts => ({ ...stores, clock, closeAfterMs });
const close = (tenant: Tenant) => closeMonth(tenant, "2026-11", parts());
const put = (table: string, Item: Record<string, unknown>) =>
  stores.client.send(new PutCommand({ TableName: `${prefix}-${table}`, Item }));

/** Two calls in November, one just before it and one just after; and 5 nano-USD given back in November's bill. */
async function filled(tenant: Tenant): Promise<void> {
  const times = [
    "2026-10-31T18:29:59Z",
    "2026-10-31T18:30:00Z",
    "2026-11-30T18:29:59Z",
    "2026-11-30T18:30:00Z",
  ];
  for (const time of times) {
    await stores.ledger.record(ledgerEntry(tenant.id, idAt(time), { listCostNanoUsd: 170_000n }));
  }
  await stores.adjustments.post(givenBack(tenant));
}

function givenBack(tenant: Tenant): Adjustment {
  const requestId = idAt("2026-10-05T00:00:00Z");
  const { application, apiKeyId, modelId, serviceTier, arrivedAtMs } = ledgerEntry(tenant.id, requestId);
  return {
    adjustmentId: `${requestId}.0001`,
    requestId,
    tenantId: tenant.id,
    application,
    apiKeyId,
    modelId,
    serviceTier,
    kind: "rerate",
    arrivedAtMs,
    postedAtMs: at("2026-11-20T00:00:00Z"),
    billedMonth: "2026-11",
    toPriceBookVersion: "2026-11-20",
    markupBasisPoints: 0,
    listDeltaNanoUsd: -5n,
    deltaNanoUsd: -5n,
    reason: "test",
    author: "ann",
  };
}

test("a month is closed with what the ledger holds of it in the tenant's time zone, and read back whole", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  await filled(tenant);
  const closed = await close(tenant);
  expect(closed).toEqual({
    tenantId: tenant.id,
    month: "2026-11",
    timeZone: "Asia/Kolkata",
    startMs: at("2026-10-31T18:30:00Z"),
    endMs,
    closedAtMs: clock.now(),
    entries: 2,
    listCostNanoUsd: 340_000n,
    costNanoUsd: 364_000n,
    usage: { input: 24, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 68 },
    entriesSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    adjustments: 1,
    adjustmentsNanoUsd: -5n,
  });
  expect(await stores.closedMonths.find(tenant.id, "2026-11")).toEqual(closed);
  expect(await verifyClosedMonth(closed as ClosedMonth, stores)).toEqual([]);
});

test("a month is not closed before its time, to the millisecond", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  clock.set(endMs + closeAfterMs - 1);
  expect(await close(tenant)).toEqual({ stillOpen: "time" });
  clock.advance(1);
  expect(await close(tenant)).toMatchObject({ entries: 0, closedAtMs: clock.now() });
});

test("a month is not closed while a call of it holds money, nor while a process has a grant on it", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const arrived = new ManualClock(endMs - 1);
  const admission = new HoldAdmission({
    ...stores,
    clock: arrived,
    holdTtlMs: 60_000,
    resolvesLater: true,
    pause: async () => {},
  });
  const reservation = await admission.reserve(
    admissionRequest(tenant, newRequestId(arrived, systemRandom), 60n),
  );
  if ("refused" in reservation) {
    throw new Error("the call was refused");
  }
  expect(await close(tenant)).toEqual({ stillOpen: "calls" });
  await admission.release(reservation);
  const grant = {
    id: newRequestId(arrived, systemRandom),
    amount: 1n,
    changes: 1,
    batch: 0,
    writtenAtMs: endMs - 1,
    expiresAtMs: endMs,
  };
  const limit = monthlyCap(tenant, endMs - 1);
  await stores.accounts.changeGrant(limit, { from: undefined, to: grant, used: 0n, kept: [] });
  expect(await close(tenant)).toEqual({ stillOpen: "calls" });
  await stores.accounts.changeGrant(limit, { from: grant, to: undefined, used: 0n, kept: [] });
  expect(await close(tenant)).toHaveProperty("closedAtMs");
});

test("an estimate that nothing is held for any more is closed in, and its late truth becomes an adjustment", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const estimate = ledgerEntry(tenant.id, idAt("2026-11-10T00:00:00Z"), { estimated: true });
  await stores.ledger.record(estimate);
  const closed = (await close(tenant)) as ClosedMonth;
  expect(closed).toMatchObject({ entries: 1, costNanoUsd: estimate.costNanoUsd });
  const ledger = new ClosedMonthLedger({
    ...parts(),
    ledger: stores.ledger,
    adjustments: stores.adjustments,
  });
  await ledger.correct({ ...estimate, estimated: false, costNanoUsd: estimate.costNanoUsd + 7n });
  const bill = await collect(stores.adjustments.billedIn(tenant.id, "2026-12"));
  expect(bill).toMatchObject([{ requestId: estimate.requestId, kind: "lateCorrection", deltaNanoUsd: 7n }]);
  expect(await verifyClosedMonth(closed, stores)).toEqual([]);
});

test("a month that is due and stays open is told of, with the reason, at each look", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant({ createdAtMs: endMs - dayMs });
  const requestId = idAt("2026-11-30T12:00:00Z");
  const hold = { requestId, tenantId: tenant.id, amount: 5n, expiresAtMs: endMs };
  const limit = monthlyCap(tenant, endMs - 1);
  await stores.accounts.hold(limit, hold);
  const told: string[] = [];
  const closer = new MonthCloser({
    ...parts(),
    tenants: async () => [tenant],
    onFailure: () => {},
    onStillOpen: (tenantId, month, why) => told.push(`${tenantId} ${month} ${why}`),
  });
  const open = `${tenant.id} 2026-11 calls`;
  await closer.closeDue();
  expect(told).toEqual([open]);
  clock.advance(3_600_000);
  await closer.closeDue();
  expect(told).toEqual([open, open]);
  await stores.accounts.settle(limit.accountId, hold, 0n);
  clock.advance(3_600_000);
  expect(await closer.closeDue()).toMatchObject([{ month: "2026-11" }]);
  expect(told).toHaveLength(2);
});

test("of many who close a month at once, and of a write whose answer is lost, one record stands", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  await filled(tenant);
  stores.awsLocal.addFault({
    service: "dynamodb",
    kind: "lostAnswer",
    operation: "PutItem",
    table: `${prefix}-closedMonths`,
    count: 1,
  });
  const clocks = [0, 1, 2, 3].map((laterMs) => new ManualClock(endMs + closeAfterMs + laterMs));
  const all = await Promise.all(
    clocks.map((own) => closeMonth(tenant, "2026-11", { ...parts(), clock: own })),
  );
  const standing = await stores.closedMonths.find(tenant.id, "2026-11");
  expect(all).toEqual([standing, standing, standing, standing]);
  clock.advance(dayMs);
  expect(await close(tenant)).toEqual(standing);
});

test("whatever changes in a closed month is found, and which figure of it", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  await filled(tenant);
  const closed = (await close(tenant)) as ClosedMonth;
  const found = async () => (await verifyClosedMonth(closed, stores)).map(({ figure }) => figure);
  const forged = ledgerEntry(tenant.id, idAt("2026-11-15T00:00:00Z"), {
    listCostNanoUsd: 0n,
    costNanoUsd: 7n,
  });
  await put("ledger", ledgerToItem(forged));
  expect(await found()).toEqual(["entries", "costNanoUsd", "usage", "entriesSha256"]);
  expect((await verifyClosedMonth(closed, stores))[1]).toEqual({
    figure: "costNanoUsd",
    closed: '"364000"',
    found: '"364007"',
  });
  await put("adjustments", adjustmentToItem(givenBack(tenant)));
  expect(await found()).toContain("adjustmentsNanoUsd");
});

test("a receipt that was altered without a change of any sum is found by the hash", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const entry = ledgerEntry(tenant.id, idAt("2026-11-15T00:00:00Z"));
  await stores.ledger.record(entry);
  const closed = (await close(tenant)) as ClosedMonth;
  await put("ledger", ledgerToItem({ ...entry, apiKeyId: "k999999999999" }));
  expect((await verifyClosedMonth(closed, stores)).map(({ figure }) => figure)).toEqual(["entriesSha256"]);
});

test("due months are closed in order, an hour apart at most often, and one tenant's failure is its own", {
  timeout: timeoutMs,
}, async () => {
  const createdAtMs = at("2026-09-15T00:00:00Z");
  const [broken, sound] = [newTenant({ createdAtMs }), newTenant({ createdAtMs, timeZone: "UTC" })];
  const failures: string[] = [];
  let looks = 0;
  const closer = new MonthCloser({
    ...parts(),
    accounts: {
      read: (id) =>
        id.startsWith(broken.id) ? Promise.reject(new Error("unreadable")) : stores.accounts.read(id),
    },
    tenants: async () => {
      looks += 1;
      return [broken, sound];
    },
    onFailure: (what) => failures.push(what),
    onStillOpen: () => {},
  });
  const months = async () => (await closer.closeDue()).map(({ tenantId, month }) => `${tenantId} ${month}`);
  clock.set(at("2026-11-20T00:00:00Z"));
  expect(await months()).toEqual([`${sound.id} 2026-09`, `${sound.id} 2026-10`]);
  expect(failures).toEqual([`closing a month of ${broken.id}`]);
  clock.advance(3_599_999);
  expect(await months()).toEqual([]);
  expect(looks).toBe(1);
  clock.advance(1);
  expect(await months()).toEqual([]);
  expect(looks).toBe(2);
  clock.set(at("2026-12-04T00:00:00Z"));
  expect(await months()).toEqual([`${sound.id} 2026-11`]);
  // Another process begins behind the last closed month.
  clock.set(at("2027-01-04T00:00:00Z"));
  const other = new MonthCloser({
    ...parts(),
    tenants: async () => [sound],
    onFailure: () => {},
    onStillOpen: () => {},
  });
  expect((await other.closeDue()).map(({ month }) => month)).toEqual(["2026-12"]);
  const listed = await collect(stores.closedMonths.list(sound.id));
  expect(listed.map(({ month }) => month)).toEqual(["2026-12", "2026-11", "2026-10", "2026-09"]);
});
