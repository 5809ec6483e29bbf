import { addUsage, ManualClock, newRequestId, noTokens, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HoldAdmission } from "./hold-admission.ts";
import { summariseUsage } from "./summarise-usage.ts";
import { admissionRequest } from "./testing/admission-request.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { type OpenStores, openStores, tenantWith } from "./testing/open-stores.ts";

const timeoutMs = 60_000;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

/** The calendar day as the platform's own calendar has it, apart from the library the code uses. */
function dayIn(timeZone: string, atMs: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(atMs);
}

test("a month's summary is the sum of the entries that arrived in it, by each tenant's own calendar", {
  timeout: timeoutMs,
}, async () => {
  const tenants: Tenant[] = ["UTC", "Asia/Kolkata", "America/Los_Angeles"].map((timeZone, index) => ({
    ...tenantWith(`t-sum-${index}`),
    timeZone,
  }));
  const count = fc.integer({ min: 0, max: 1_000_000 });
  // Close to both ends of the month, where the zones disagree.
  const arrival = fc.oneof(
    fc.integer({ min: Date.parse("2026-10-31T12:00:00Z"), max: Date.parse("2026-11-01T12:00:00Z") }),
    fc.integer({ min: Date.parse("2026-11-30T12:00:00Z"), max: Date.parse("2026-12-01T12:00:00Z") }),
    fc.integer({ min: Date.parse("2026-11-01T00:00:00Z"), max: Date.parse("2026-11-30T00:00:00Z") }),
  );
  const drawn = fc.sample(
    fc.record({
      tenant: fc.constantFrom(...tenants),
      arrival,
      modelId: fc.constantFrom("m.one", "m.two"),
      costNanoUsd: fc.bigInt({ min: 0n, max: 2n ** 60n }),
      usage: fc.record({
        input: count,
        cacheRead: count,
        cacheWrite5m: count,
        cacheWrite1h: count,
        output: count,
      }),
    }),
    { numRuns: 120, seed: 20_261_122 },
  );
  const entries = drawn.map(({ tenant, arrival: arrivedAtMs, ...rest }) => ({
    tenant,
    entry: ledgerEntry(tenant.id, newRequestId(new ManualClock(arrivedAtMs), systemRandom), rest),
  }));
  await Promise.all(entries.map(({ entry }) => stores.ledger.record(entry)));

  const summary = await summariseUsage("2026-11", tenants, { ...stores, clock });

  const inMonth = entries
    .map(({ tenant, entry }) => ({ tenant, entry, day: dayIn(tenant.timeZone, entry.arrivedAtMs) }))
    .filter(({ day }) => day.startsWith("2026-11"));
  expect(inMonth.length).toBeGreaterThan(20);
  expect(inMonth.length).toBeLessThan(entries.length);
  for (const { tenant, costNanoUsd, requests, usage } of summary.tenants) {
    const own = inMonth.filter((one) => one.tenant === tenant).map(({ entry }) => entry);
    expect(requests).toBe(own.length);
    expect(costNanoUsd).toBe(own.reduce((sum, entry) => sum + entry.costNanoUsd, 0n));
    expect(usage).toEqual(own.reduce((sum, entry) => addUsage(sum, entry.usage), noTokens));
  }
  for (const { day, modelId, costNanoUsd, requests } of summary.series) {
    const own = inMonth.filter((one) => one.day === day && one.entry.modelId === modelId);
    expect(requests).toBe(own.length);
    expect(costNanoUsd).toBe(own.reduce((sum, { entry }) => sum + entry.costNanoUsd, 0n));
  }
  expect(summary.series.reduce((sum, { requests }) => sum + requests, 0)).toBe(inMonth.length);
  const order = summary.series.map(({ day, modelId }) => `${day} ${modelId}`);
  expect(order).toEqual([...order].sort());
});

test("what calls in flight hold is told apart from what was spent; a tenant without calls has zeros", {
  timeout: timeoutMs,
}, async () => {
  const busy = tenantWith("t-held", { monthlyCapNanoUsd: 1_000n });
  const idle = tenantWith("t-idle");
  const requestId = newRequestId(clock, systemRandom);
  const admission = new HoldAdmission({
    ...stores,
    clock,
    holdTtlMs: 60_000,
    resolvesLater: false,
    pause: async () => {},
  });
  await admission.reserve(admissionRequest(busy, requestId, 77n));
  const zeros = { costNanoUsd: 0n, heldNanoUsd: 0n, requests: 0, usage: noTokens };
  expect(await summariseUsage("2026-11", [busy, idle], { ...stores, clock })).toEqual({
    tenants: [
      { tenant: busy, month: "2026-11", ...zeros, heldNanoUsd: 77n },
      { tenant: idle, month: "2026-11", ...zeros },
    ],
    series: [],
  });
});

test("without a month each tenant's own running one is summed, or that of the zone that is named", {
  timeout: timeoutMs,
}, async () => {
  // Already December in India, still November in Los Angeles.
  const running = new ManualClock(Date.parse("2026-11-30T20:00:00Z"));
  const tenants: Tenant[] = ["Asia/Kolkata", "America/Los_Angeles"].map((timeZone, index) => ({
    ...tenantWith(`t-run-${index}`),
    timeZone,
  }));
  for (const { id } of tenants) {
    await stores.ledger.record(
      ledgerEntry(id, newRequestId(running, systemRandom), { costNanoUsd: 3n, modelId: "m" }),
    );
  }
  const own = await summariseUsage(undefined, tenants, { ...stores, clock: running });
  expect(own.tenants.map(({ month, costNanoUsd }) => [month, costNanoUsd])).toEqual([
    ["2026-12", 3n],
    ["2026-11", 3n],
  ]);
  expect(own.series.map(({ day, requests }) => [day, requests])).toEqual([
    ["2026-11-30", 1],
    ["2026-12-01", 1],
  ]);
  const asked = await summariseUsage(undefined, tenants, { ...stores, clock: running }, "Asia/Kolkata");
  expect(asked.tenants.map(({ month }) => month)).toEqual(["2026-12", "2026-12"]);
  expect(asked.series).toMatchObject([{ day: "2026-12-01", requests: 2 }]);
});
