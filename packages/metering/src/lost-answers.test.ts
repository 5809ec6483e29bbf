import { ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { heldOn } from "./account-store.ts";
import type { Reservation } from "./admission.ts";
import { HoldAdmission } from "./hold-admission.ts";
import { monthlyCap, tenantLimits } from "./limits.ts";
import { admissionRequest } from "./testing/admission-request.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { type OpenStores, openStores, prefix, tenantWith } from "./testing/open-stores.ts";

/**
 * DynamoDB applied the write and the answer was lost. The client repeats the write by itself; what it repeats and
 * what it gives up on must both leave the accounts true.
 */
const timeoutMs = 60_000;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
/** More than the client tries, all the writes of a step together. */
const all = 100;
let stores: OpenStores;
let tenantCount = 0;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
beforeEach(() => stores.awsLocal.clearFaults());
afterAll(() => stores.close());

const newTenant = () => {
  tenantCount += 1;
  return tenantWith(`t-lost-${tenantCount}`, { monthlyCapNanoUsd: 100n, requestsPerMinute: 10 });
};
const admission = () =>
  new HoldAdmission({ ...stores, clock, holdTtlMs: 60_000, resolvesLater: true, pause: async () => {} });
const lose = (operation: string, table: string, count: number) =>
  stores.awsLocal.addFault({
    service: "dynamodb",
    kind: "lostAnswer",
    operation,
    table: `${prefix}-${table}`,
    count,
  });

/** Both accounts of a tenant: [requests, money] as available, settled, held. */
async function accountsOf(tenant: ReturnType<typeof newTenant>) {
  const accounts = await Promise.all(
    tenantLimits(tenant, clock.now()).map(({ accountId }) => stores.accounts.read(accountId)),
  );
  return accounts.map((account) => account && [account.available, account.settled, heldOn(account)]);
}

async function reserved(tenant: ReturnType<typeof newTenant>): Promise<Reservation> {
  const requestId = newRequestId(clock, systemRandom);
  return (await admission().reserve(admissionRequest(tenant, requestId, 60n))) as Reservation;
}

test("a hold whose answer was lost is made once", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  lose("UpdateItem", "accounts", 2);
  expect(await reserved(tenant)).toHaveProperty("holds");
  expect(await accountsOf(tenant)).toEqual([
    [9n, 0n, 1n],
    [40n, 0n, 60n],
  ]);
});

test("a reservation that is given up after lost answers holds nothing", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  lose("UpdateItem", "accounts", all);
  await expect(reserved(tenant)).rejects.toThrow();
  stores.awsLocal.clearFaults();
  expect(await accountsOf(tenant)).toEqual([
    [10n, 0n, 0n],
    [100n, 0n, 0n],
  ]);
});

test("a record whose answer was lost is one entry, and the first", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  const reservation = await reserved(tenant);
  const entry = ledgerEntry(tenant.id, reservation.requestId, { costNanoUsd: 25n });
  lose("PutItem", "ledger", 1);
  await admission().settle(reservation, entry);
  expect(await stores.ledger.find(tenant.id, reservation.requestId)).toEqual(entry);
  expect(await accountsOf(tenant)).toEqual([
    [9n, 1n, 0n],
    [75n, 25n, 0n],
  ]);
});

test("a correction whose answer was lost stands, and is the one that is answered", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const requestId = newRequestId(clock, systemRandom);
  const corrected = ledgerEntry(tenant.id, requestId, { costNanoUsd: 5n });
  await stores.ledger.record({ ...corrected, estimated: true, costNanoUsd: 9n });
  lose("PutItem", "ledger", 1);
  expect(await stores.ledger.correct(corrected)).toEqual({
    ...corrected,
    corrected: { atMs: corrected.settledAtMs, estimatedCostNanoUsd: 9n },
  });
});

test("a settlement whose answers were lost, or that was given up and repeated, is posted once", {
  timeout: timeoutMs,
}, async () => {
  for (const count of [2, all]) {
    const tenant = newTenant();
    const reservation = await reserved(tenant);
    const entry = ledgerEntry(tenant.id, reservation.requestId, { costNanoUsd: 25n });
    lose("UpdateItem", "accounts", count);
    await admission()
      .settle(reservation, entry)
      .catch(() => undefined);
    stores.awsLocal.clearFaults();
    await admission().settle(reservation, { ...entry, costNanoUsd: 60n });
    expect(await accountsOf(tenant)).toEqual([
      [9n, 1n, 0n],
      [75n, 25n, 0n],
    ]);
  }
});

test("a release whose answer was lost gives back once", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  const reservation = await reserved(tenant);
  lose("UpdateItem", "accounts", 2);
  await admission().release(reservation);
  await admission().release(reservation);
  expect(await accountsOf(tenant)).toEqual([
    [10n, 0n, 0n],
    [100n, 0n, 0n],
  ]);
});

test("a hold that is kept as unresolved stays set aside once", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  const reservation = await reserved(tenant);
  lose("UpdateItem", "accounts", 2);
  await admission().leaveUnresolved(reservation);
  await admission().leaveUnresolved(reservation);
  expect(await accountsOf(tenant)).toEqual([
    [9n, 1n, 0n],
    [40n, 0n, 60n],
  ]);
});

test("a raised cap whose answer was lost is raised once", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  await reserved(tenant);
  const raised = { ...tenant, limits: { ...tenant.limits, monthlyCapNanoUsd: 150n, version: 2 } };
  lose("UpdateItem", "accounts", 1);
  await stores.accounts.applyLimit(monthlyCap(raised, clock.now()));
  expect((await accountsOf(tenant))[1]).toEqual([90n, 0n, 60n]);
});
