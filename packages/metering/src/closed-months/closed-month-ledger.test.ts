import { ManualClock, newRequestId, type TenantId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { collect } from "../testing/collect.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenStores, openStores, tenantWith } from "../testing/open-stores.ts";
import { closeMonth } from "./close-month.ts";
import { ClosedMonthLedger } from "./closed-month-ledger.ts";
import type { ClosedMonth, ClosedMonthStore } from "./closed-month-store.ts";
import { verifyClosedMonth } from "./verify-closed-month.ts";

const timeoutMs = 60_000;
const closeAfterMs = 3 * 86_400_000;
const at = (text: string) => Date.parse(text);
const november = { startMs: at("2026-11-01"), endMs: at("2026-12-01") };
const clock = new ManualClock(at("2026-12-10"));
let stores: OpenStores;
let lookedUp: string[] = [];
let tenantCount = 0;

/** Keeps which months were asked for. */
class WatchedMonths implements Pick<ClosedMonthStore, "find"> {
  find(tenantId: TenantId, month: string) {
    lookedUp.push(month);
    return stores.closedMonths.find(tenantId, month);
  }
}

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
beforeEach(() => {
  lookedUp = [];
});
afterAll(() => stores.close());

const ledger = () =>
  new ClosedMonthLedger({ ...stores, closedMonths: new WatchedMonths(), clock, closeAfterMs });
const idAt = (text: string) => newRequestId(new ManualClock(at(text)), systemRandom);

/** A tenant with one entry in a closed November; an estimate where no log corrects it. */
async function closedNovember(estimated = false) {
  tenantCount += 1;
  const tenant = tenantWith(`t-late-${tenantCount}`);
  const entry = ledgerEntry(tenant.id, idAt("2026-11-10"), { estimated });
  await stores.ledger.record(entry);
  const closing = { ...stores, clock, closeAfterMs };
  const closed = (await closeMonth(tenant, "2026-11", closing)) as ClosedMonth;
  return {
    tenant,
    entry,
    closed,
    adjustments: () => collect(stores.adjustments.ofCalls(tenant.id, november)),
  };
}

test("a call that becomes known after its month was closed is an adjustment, once, and the month stays as it is", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, closed, adjustments } = await closedNovember();
  const late = ledgerEntry(tenant.id, idAt("2026-11-20"), { markupBasisPoints: 100, costNanoUsd: 183_820n });
  expect(await Promise.all([1, 2, 3].map(() => ledger().record(late)))).toEqual([late, late, late]);
  expect(await ledger().record(late)).toEqual(late);
  expect(await stores.ledger.find(tenant.id, late.requestId)).toBeUndefined();
  expect(await verifyClosedMonth(closed, stores)).toEqual([]);
  expect(await adjustments()).toEqual([
    expect.objectContaining({
      kind: "lateEntry",
      requestId: late.requestId,
      deltaNanoUsd: 183_820n,
      listDeltaNanoUsd: 182_000n,
      markupBasisPoints: 100,
      usage: late.usage,
      billedMonth: "2026-12",
      author: "caprock",
    }),
  ]);
});

test("a call that stands in the closed month is given back as it stands", {
  timeout: timeoutMs,
}, async () => {
  const { entry, adjustments } = await closedNovember();
  const other = { ...entry, costNanoUsd: 1n };
  expect(await ledger().record(other)).toEqual(entry);
  expect(await ledger().correct(other)).toEqual(entry);
  expect(await adjustments()).toEqual([]);
});

test("a true cost that becomes known too late is an adjustment to the estimate, once", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, entry, closed, adjustments } = await closedNovember(true);
  const corrected = { ...entry, estimated: false, costNanoUsd: 150_000n, listCostNanoUsd: 150_000n };
  await Promise.all([1, 2].map(() => ledger().correct(corrected)));
  expect(await ledger().correct(corrected)).toEqual(corrected);
  expect(await stores.ledger.find(tenant.id, entry.requestId)).toEqual(entry);
  expect(await verifyClosedMonth(closed, stores)).toEqual([]);
  expect(await adjustments()).toEqual([
    expect.objectContaining({
      kind: "lateCorrection",
      deltaNanoUsd: -32_000n,
      fromPriceBookVersion: "2026-11-22",
    }),
  ]);
});

test("of many entries at once the late ones are adjustments and the others are written", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, adjustments } = await closedNovember();
  const late = ledgerEntry(tenant.id, idAt("2026-11-20"));
  const inTime = ledgerEntry(tenant.id, idAt("2026-12-09"));
  expect(await ledger().recordAll([late, inTime])).toEqual([]);
  expect(await stores.ledger.find(tenant.id, inTime.requestId)).toEqual(inTime);
  expect((await adjustments()).map(({ requestId }) => requestId)).toEqual([late.requestId]);
});

test("a late entry of a month that is not closed is an entry", { timeout: timeoutMs }, async () => {
  const entry = ledgerEntry("t-open", idAt("2026-10-31T20:00:00Z"));
  expect(await ledger().record(entry)).toEqual(entry);
  expect(await stores.ledger.find("t-open", entry.requestId)).toEqual(entry);
  // It is in November already somewhere east of Greenwich.
  expect(lookedUp).toEqual(["2026-10", "2026-11"]);
});

test("an entry of the last days costs no look at closed months", { timeout: timeoutMs }, async () => {
  const entry = ledgerEntry("t-now", newRequestId(new ManualClock(clock.now() - closeAfterMs), systemRandom));
  await ledger().record(entry);
  await ledger().correct(entry);
  await ledger().recordAll([entry]);
  expect(lookedUp).toEqual([]);
});
