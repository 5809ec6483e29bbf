/** What events of long-term memory cost a tenant: held for, charged once, and never over its cap. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock, noPlatformLimits, type Tenant } from "@caprock/domain";
import {
  currentPriceBook,
  HoldAdmission,
  heldOn,
  type LedgerEntry,
  resolveHolds,
  tenantLimits,
} from "@caprock/metering";
import { DynamoAccountStore, DynamoGrantNotes, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import * as tables from "@caprock/metering/tables";
import { createDocumentClient, type DocumentClient, localCredentials, systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AdmittedEvents } from "./admitted-events.ts";

const startMs = Date.parse("2026-11-22T12:00:00Z");
const holdTtlMs = 60_000;
const eventNanoUsd = 250_000n;
const prefix = "test";

let awsLocal: AwsLocal;
let client: DocumentClient;
let clock: ManualClock;
let tenant: Tenant;
let meter: AdmittedEvents;
let count = 0;

beforeAll(async () => {
  awsLocal = await startAwsLocal();
  client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, prefix, Object.values(tables));
});
afterAll(async () => {
  client.destroy();
  await awsLocal.close();
});

beforeEach(() => {
  clock = new ManualClock(startMs);
  count += 1;
  tenant = {
    id: `t${String(count).padStart(12, "0")}`,
    name: "Acme",
    status: "active",
    timeZone: "UTC",
    limits: {
      monthlyCapNanoUsd: 3n * eventNanoUsd,
      requestsPerMinute: 1,
      rules: [],
      overrides: [],
      overBudget: { kind: "throttle" },
      version: 1,
    },
    markups: [],
    demo: false,
    createdAtMs: 0,
  };
  const stores = {
    accounts: new DynamoAccountStore(client, prefix),
    ledger: new DynamoLedgerStore(client, prefix),
  };
  meter = new AdmittedEvents({
    admission: new HoldAdmission({
      ...stores,
      clock,
      holdTtlMs,
      resolvesLater: false,
      pause: async () => undefined,
    }),
    ledger: stores.ledger,
    tenants: { read: async (id) => (id === tenant.id ? tenant : undefined) },
    platformLimits: async () => noPlatformLimits,
    priceBook: currentPriceBook(),
    clock,
    random: systemRandom,
    holdTtlMs,
  });
});

/** What the cap's account has settled and holds, and the entries of the ledger. */
async function books() {
  const accounts = new DynamoAccountStore(client, prefix);
  const cap = tenantLimits(tenant, startMs).find(({ unit }) => unit === "nanoUsd");
  const account = await accounts.read(cap?.accountId ?? "");
  const entries: LedgerEntry[] = [];
  const range = { startMs, endMs: startMs + 86_400_000 };
  for await (const entry of new DynamoLedgerStore(client, prefix).list(tenant.id, range)) {
    entries.push(entry);
  }
  return { settled: account?.settled ?? 0n, held: account ? heldOn(account) : 0n, entries };
}

/** A round of the worker that settles what nobody settles any more. */
function resolve() {
  return resolveHolds({
    accounts: new DynamoAccountStore(client, prefix),
    ledger: new DynamoLedgerStore(client, prefix),
    notes: new DynamoGrantNotes(client, prefix),
    clock,
    invocationLog: undefined,
    receiptOf: async () => undefined,
    tenantIds: async () => [tenant.id],
    graceMs: 0,
    retryMs: 1_000,
    onFailure: (_, error) => {
      throw error;
    },
  });
}

test("events are one entry with a receipt by the piece, and are no request", async () => {
  const bill = await meter.hold(tenant.id, 2);
  expect(await books()).toMatchObject({ settled: 0n, held: 2n * eventNanoUsd });
  await bill?.settle();
  const { settled, held, entries } = await books();
  expect([settled, held]).toEqual([2n * eventNanoUsd, 0n]);
  expect(entries).toMatchObject([
    {
      requestId: bill?.billId,
      wire: "caprock.ingestion",
      aside: true,
      unitLines: [{ unit: "memoryEvent", count: 2, rateNanoUsd: eventNanoUsd }],
      costNanoUsd: 2n * eventNanoUsd,
    },
  ]);
});

test("events beyond the cap are refused, and a released bill leaves nothing", async () => {
  expect(await meter.hold(tenant.id, 4)).toBeUndefined();
  await (await meter.hold(tenant.id, 3))?.release();
  expect(await meter.hold(tenant.id, 3)).toBeDefined();
  expect(await meter.hold(tenant.id, 1)).toBeUndefined();
  expect(await meter.hold("t999999999999", 1)).toBeUndefined();
});

test("what a dead process held for is charged by others once, and settled when its hold is over", async () => {
  const dead = await meter.hold(tenant.id, 1);
  const billId = dead?.billId ?? "";
  expect(await meter.isLost(tenant.id, billId)).toBe(false);
  await Promise.all([meter.charge(tenant.id, billId, 1), meter.charge(tenant.id, billId, 1)]);
  expect(await books()).toMatchObject({ settled: 0n, held: eventNanoUsd });
  clock.advance(holdTtlMs);
  expect(await meter.isLost(tenant.id, billId)).toBe(false);
  await resolve();
  const { settled, held, entries } = await books();
  expect([settled, held, entries.length]).toEqual([eventNanoUsd, 0n, 1]);
  // It was alive after all.
  await dead?.settle();
  expect(await books()).toMatchObject({ settled: eventNanoUsd, held: 0n });
});

test("a bill that nobody charged while it was held for is lost", async () => {
  const bill = await meter.hold(tenant.id, 1);
  clock.advance(holdTtlMs - 1);
  expect(await meter.isLost(tenant.id, bill?.billId ?? "")).toBe(false);
  clock.advance(1);
  expect(await meter.isLost(tenant.id, bill?.billId ?? "")).toBe(true);
});
