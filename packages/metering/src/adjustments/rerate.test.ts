import { ManualClock, newRequestId, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import type { ModelPrice } from "../price-book/index.ts";
import { charged, writeReceipt } from "../receipt.ts";
import { collect } from "../testing/collect.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryAdjustmentStore } from "../testing/memory-adjustment-store.ts";
import { type OpenStores, openStores, prefix, tenantWith } from "../testing/open-stores.ts";
import type { Adjustment, AdjustmentStore } from "./adjustment-store.ts";
import { type RerateParts, type RerateRequest, rerate } from "./rerate.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-01T00:00:00Z");
const range = { startMs, endMs: Date.parse("2026-12-01T00:00:00Z") };
const closeAfterMs = 3 * 86_400_000;
const hourMs = 3_600_000;
const clock = new ManualClock(startMs);
let stores: OpenStores;
let tenantCount = 0;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
beforeEach(() => {
  stores.awsLocal.clearFaults();
  clock.set(startMs + 20 * 86_400_000);
});
afterAll(() => stores.close());

/** An edition in which an input token costs so many nano-USD, an output token ten times that, an image a thousand. */
function edition(priceBookVersion: string, nanoUsdPerToken: bigint): ModelPrice {
  return {
    priceBookVersion,
    modelId: "vendor.model",
    serviceTier: "default",
    tokenRates: { input: nanoUsdPerToken * 1_000_000n, output: nanoUsdPerToken * 10_000_000n },
    unitRates: { image: nanoUsdPerToken * 1_000n },
    source: "test",
  };
}
const first = edition("2026-11-01", 100n);

function newTenant(wanted: Partial<Tenant> = {}): Tenant {
  tenantCount += 1;
  return { ...tenantWith(`t-rerate-${tenantCount}`), ...wanted };
}

/** A call of 10 input tokens, an output token and so many images: by the first edition 2,000 nano-USD and 100,000 each. */
function call(tenant: Tenant, day: number, wanted: Partial<LedgerEntry> = {}, images = 0): LedgerEntry {
  const requestId = newRequestId(new ManualClock(startMs + day * 86_400_000), systemRandom);
  const {
    lines: _,
    unitLines: __,
    listCostNanoUsd: ___,
    costNanoUsd: ____,
    ...rest
  } = ledgerEntry(tenant.id, requestId);
  return {
    ...writeReceipt(
      { ...rest, usage: { input: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1 } },
      first,
      { image: images },
    ),
    ...wanted,
  };
}

const parts = (price: ModelPrice, adjustments: AdjustmentStore = stores.adjustments): RerateParts => ({
  ledger: stores.ledger,
  adjustments,
  clock,
  priceOf: () => price,
  closeAfterMs,
  correctableForMs: hourMs,
});
const request = (tenant: Tenant, dryRun = false): RerateRequest => ({
  tenant,
  range,
  dryRun,
  author: "ann",
  reason: "the list was wrong",
});

async function adjustmentsOf(tenant: Tenant): Promise<Adjustment[]> {
  return collect(stores.adjustments.ofCalls(tenant.id, range));
}
const sumOf = (adjustments: readonly Adjustment[]) =>
  adjustments.reduce((sum, { deltaNanoUsd }) => sum + deltaNanoUsd, 0n);

test("each call is adjusted to what the present edition says, and its entry stays", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const entries = [call(tenant, 1), call(tenant, 2, {}, 2), call(tenant, 3, { application: "ide" })];
  await Promise.all(entries.map((entry) => stores.ledger.record(entry)));
  const second = edition("2026-11-20", 60n);
  const report = await rerate(request(tenant), parts(second));
  // 2,000 x 0.6 = 1,200: 800 back for each call; and of 2 images at 100,000, 40,000 each.
  expect(report).toEqual({
    entries: 3,
    adjusted: 3,
    deltaNanoUsd: -82_400n,
    models: [{ modelId: "vendor.model", adjusted: 3, deltaNanoUsd: -82_400n }],
    unpriced: 0,
    estimated: 0,
  });
  const posted = await adjustmentsOf(tenant);
  expect(posted.map(({ deltaNanoUsd }) => deltaNanoUsd)).toEqual([-800n, -80_800n, -800n]);
  expect(posted[2]).toEqual({
    adjustmentId: `${entries[2]!.requestId}.0001`,
    requestId: entries[2]!.requestId,
    tenantId: tenant.id,
    application: "ide",
    apiKeyId: "k000000000000",
    modelId: "vendor.model",
    serviceTier: "default",
    kind: "rerate",
    arrivedAtMs: entries[2]!.arrivedAtMs,
    postedAtMs: clock.now(),
    billedMonth: "2026-11",
    fromPriceBookVersion: "2026-11-01",
    toPriceBookVersion: "2026-11-20",
    markupBasisPoints: 0,
    listDeltaNanoUsd: -800n,
    deltaNanoUsd: -800n,
    reason: "the list was wrong",
    author: "ann",
  });
  expect(await collect(stores.ledger.list(tenant.id, range))).toEqual(entries);
});

test("a dry run tells the same sums and posts nothing", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  await stores.ledger.record(call(tenant, 1));
  const second = edition("2026-11-20", 150n);
  const dry = await rerate(request(tenant, true), parts(second));
  expect(dry).toMatchObject({ adjusted: 1, deltaNanoUsd: 1_000n });
  expect(await adjustmentsOf(tenant)).toEqual([]);
  expect(await rerate(request(tenant), parts(second))).toEqual(dry);
});

test("run again, and several at once, it adjusts a call once", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  await Promise.all([1, 2, 3].map((day) => stores.ledger.record(call(tenant, day))));
  const second = edition("2026-11-20", 150n);
  await Promise.all([1, 2, 3, 4].map(() => rerate(request(tenant), parts(second))));
  const posted = await adjustmentsOf(tenant);
  expect(posted.map(({ deltaNanoUsd }) => deltaNanoUsd)).toEqual([1_000n, 1_000n, 1_000n]);
  expect(await rerate(request(tenant), parts(second))).toMatchObject({ adjusted: 0, deltaNanoUsd: 0n });
});

test("an adjustment whose answer was lost is posted once", { timeout: timeoutMs }, async () => {
  const tenant = newTenant();
  await stores.ledger.record(call(tenant, 1));
  stores.awsLocal.addFault({
    service: "dynamodb",
    kind: "lostAnswer",
    operation: "PutItem",
    table: `${prefix}-adjustments`,
    count: 2,
  });
  await rerate(request(tenant), parts(edition("2026-11-20", 150n)));
  expect(sumOf(await adjustmentsOf(tenant))).toBe(1_000n);
});

test("a further edition is counted from the last adjustment, and an older one undoes nothing", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  await stores.ledger.record(call(tenant, 1));
  await rerate(request(tenant), parts(edition("2026-11-20", 150n)));
  await rerate(request(tenant), parts(edition("2026-11-25", 120n)));
  await rerate(request(tenant), parts(edition("2026-11-22", 999n)));
  const posted = await adjustmentsOf(tenant);
  expect(posted.map(({ deltaNanoUsd }) => deltaNanoUsd)).toEqual([1_000n, -600n]);
  expect(posted[1]).toMatchObject({ fromPriceBookVersion: "2026-11-20", toPriceBookVersion: "2026-11-25" });
});

test("a corrected markup is adjusted within one edition, rounded up once", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant({ markups: [{ fromMs: startMs + 86_400_000 * 2, basisPoints: 1_501 }] });
  await stores.ledger.record(call(tenant, 1));
  await stores.ledger.record(call(tenant, 3, { listCostNanoUsd: 2_001n, costNanoUsd: 2_001n }));
  await rerate(request(tenant), parts(first));
  // The list cost is 2,000; x 1.1501 = 2,300.2, charged 2,301, of which 2,001 are charged already.
  expect(await adjustmentsOf(tenant)).toMatchObject([
    { deltaNanoUsd: 300n, listDeltaNanoUsd: -1n, markupBasisPoints: 1_501 },
  ]);
});

test("estimates that the log may yet correct, and calls without a price, stay as they are", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const estimate = call(tenant, 1, { estimated: true });
  await stores.ledger.record(estimate);
  clock.set(estimate.arrivedAtMs + hourMs - 1);
  await stores.ledger.record(call(tenant, 2, {}, 1));
  const { unitRates: _, ...withoutImages } = edition("2026-11-20", 150n);
  const report = await rerate(request(tenant), parts(withoutImages));
  expect(report).toMatchObject({ entries: 2, adjusted: 0, estimated: 1, unpriced: 1 });
  const withoutLog = { ...parts(edition("2026-11-20", 150n)), correctableForMs: 0 };
  expect(await rerate(request(tenant), withoutLog)).toMatchObject({ adjusted: 2, estimated: 0, unpriced: 0 });
});

test("an estimate that the log has not corrected in its time is final, and priced anew like any call", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const estimate = call(tenant, 1, { estimated: true });
  await stores.ledger.record(estimate);
  clock.set(estimate.arrivedAtMs + hourMs);
  const report = await rerate(request(tenant), parts(edition("2026-11-20", 150n)));
  expect(report).toMatchObject({ adjusted: 1, deltaNanoUsd: 1_000n, estimated: 0 });
});

test("what is posted after the month could be closed counts in the month of posting, and is found there", {
  timeout: timeoutMs,
}, async () => {
  const tenant = newTenant();
  const entries = Array.from({ length: 130 }, (_, index) => call(tenant, 1 + (index % 20)));
  await Promise.all(entries.map((entry) => stores.ledger.record(entry)));
  clock.set(Date.parse("2026-12-10T00:00:00Z"));
  await rerate(request(tenant), parts(edition("2026-12-09", 150n)));
  const billed = await collect(stores.adjustments.billedIn(tenant.id, "2026-12"));
  expect(billed).toEqual(await adjustmentsOf(tenant));
  expect(billed).toHaveLength(130);
  expect(sumOf(billed)).toBe(130_000n);
  expect(await collect(stores.adjustments.billedIn(tenant.id, "2026-11"))).toEqual([]);
  const behind = billed[99]!.adjustmentId;
  expect(await collect(stores.adjustments.billedIn(tenant.id, "2026-12", behind))).toEqual(billed.slice(100));
});

/** A process that is killed at its n-th write, before the write or after it. */
class CrashingStore implements AdjustmentStore {
  private readonly shared: MemoryAdjustmentStore;
  private readonly scheduler: fc.Scheduler;
  private left: number;
  private readonly written: boolean;

  constructor(
    shared: MemoryAdjustmentStore,
    scheduler: fc.Scheduler,
    crash: { atWrite: number; written: boolean },
  ) {
    this.shared = shared;
    this.scheduler = scheduler;
    this.left = crash.atWrite;
    this.written = crash.written;
  }

  async post(adjustment: Adjustment): Promise<boolean> {
    this.left -= 1;
    if (this.left < 0 || (this.left === 0 && !this.written)) {
      throw new Error("killed");
    }
    const outcome = await this.scheduler.schedule(Promise.resolve()).then(() => this.shared.post(adjustment));
    if (this.left === 0) {
      throw new Error("killed");
    }
    return outcome;
  }
  async ofCall(tenantId: string, requestId: string) {
    await this.scheduler.schedule(Promise.resolve());
    return this.shared.ofCall(tenantId, requestId);
  }
  async *ofCalls(tenantId: string, calls: { startMs: number; endMs: number }) {
    const found = await collect(this.shared.ofCalls(tenantId, calls));
    await this.scheduler.schedule(Promise.resolve());
    yield* found;
  }
  billedIn(tenantId: string, month: string) {
    return this.shared.billedIn(tenantId, month);
  }
}

/** The entries of one tenant, all in range. */
class EntriesOnly implements Pick<LedgerStore, "list"> {
  private readonly entries: readonly LedgerEntry[];
  constructor(entries: readonly LedgerEntry[]) {
    this.entries = entries;
  }
  async *list(_tenantId: string, _range: LedgerRange) {
    yield* this.entries;
  }
}

test("any editions, rerated at once in any order and killed anywhere: each call ends at the newest whole run's price", {
  timeout: timeoutMs,
}, async () => {
  const run = fc.record({
    day: fc.integer({ min: 10, max: 14 }),
    atWrite: fc.oneof(fc.constant(99), fc.integer({ min: 1, max: 4 })),
    written: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 3 }),
      fc.array(run, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 1_500, -500),
      async (scheduler, calls, runs, basisPoints) => {
        const tenant = { ...tenantWith("t-any"), markups: [{ fromMs: 0, basisPoints }] };
        const entries = Array.from({ length: calls }, (_, index) => call(tenant, index + 1));
        const shared = new MemoryAdjustmentStore();
        const priceOn = (day: number) => edition(`2026-11-${day}`, BigInt((day * 37) % 200));
        const started = runs.map(({ day, ...crash }) =>
          rerate(request(tenant), {
            ...parts(priceOn(day), new CrashingStore(shared, scheduler, crash)),
            ledger: new EntriesOnly(entries),
          }),
        );
        const settled = Promise.allSettled(started);
        await scheduler.waitFor(settled);
        const newest = Math.max(...runs.map(({ day }) => day));
        if ((await settled).some(({ status }) => status === "rejected")) {
          // Whoever was killed is run again; otherwise nothing is left to do.
          await rerate(request(tenant), {
            ...parts(priceOn(newest), shared),
            ledger: new EntriesOnly(entries),
          });
        }
        for (const { requestId, costNanoUsd } of entries) {
          const own = [...shared.posted.values()].filter((posted) => posted.requestId === requestId);
          const target = charged(20n * ((BigInt(newest) * 37n) % 200n), basisPoints);
          expect(costNanoUsd + sumOf(own)).toBe(target);
        }
      },
    ),
    { numRuns: 500 },
  );
});
