import { afterAll, beforeAll, expect, test } from "vitest";
import { collect } from "../testing/collect.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { type OpenStores, openStores } from "../testing/open-stores.ts";
import { openWriteMs, type RolledHour, type RollUpStore } from "./roll-up-store.ts";
import { hourMs, type UsageCell } from "./usage-cell.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-01T08:00:00Z");
let stores: OpenStores;
let tenantCount = 0;

function newTenantId(): string {
  tenantCount += 1;
  return `t-${tenantCount}`;
}

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores?.close());

const adapters: readonly [string, () => RollUpStore][] = [
  ["DynamoDB", () => stores.rollUps],
  ["memory", () => new MemoryRollUpStore()],
];

function cellOf(tenantId: string, atMs = startMs, application = "default"): UsageCell {
  return {
    startMs: atMs,
    kind: {
      tenantId,
      application,
      apiKeyId: "k1",
      modelId: "m",
      serviceTier: "default",
      status: "completed",
      wire: "test",
      markupBasisPoints: -500,
      estimated: true,
      simulated: false,
    },
    requests: 3,
    firstTokens: { requests: 2, sumMs: 900, maxMs: 500 },
    lines: [
      {
        item: "input",
        rateNanoUsd: 3_000_000_000n,
        quantity: 7,
        listCostNanoUsd: 2n ** 70n,
        costNanoUsd: -1n,
      },
      { item: "image", rateNanoUsd: 40_000_000n, quantity: 1, listCostNanoUsd: 0n, costNanoUsd: 5n },
    ],
  };
}

test.each(adapters)(
  "%s: cells are read back whole, by hour, within the range",
  { timeout: timeoutMs },
  async (_, open) => {
    const rollUps = open();
    const tenantId = newTenantId();
    const cells = [cellOf(tenantId), cellOf(tenantId, startMs + 45 * 60_000, "=other")];
    expect(await rollUps.put(tenantId, startMs, cells, 0)).toBe(true);
    expect(await rollUps.put(tenantId, startMs + hourMs, [], 0)).toBe(true);
    expect(await rollUps.put(tenantId, startMs - hourMs, [], 0)).toBe(true);
    const stored: RolledHour = { startMs, changes: 0, openWritesSinceMs: [], cells };
    expect(await collect(rollUps.list(tenantId, { startMs, endMs: startMs + hourMs }))).toEqual([stored]);
    expect(
      (await collect(rollUps.list(tenantId, { startMs: startMs - hourMs, endMs: startMs + 2 * hourMs }))).map(
        (hour) => hour.startMs,
      ),
    ).toEqual([startMs - hourMs, startMs, startMs + hourMs]);
    expect(await collect(rollUps.list("t-stranger", { startMs, endMs: startMs + hourMs }))).toEqual([]);
  },
);

test.each(adapters)(
  "%s: beginning and ending a write removes the cells, and fences off who read before",
  { timeout: timeoutMs },
  async (_, open) => {
    const rollUps = open();
    const tenantId = newTenantId();
    const range = { startMs, endMs: startMs + hourMs };
    const cells = [cellOf(tenantId)];
    await rollUps.put(tenantId, startMs, cells, 0);
    await rollUps.beginWrite(tenantId, startMs, "w1", 1_000);
    await rollUps.beginWrite(tenantId, startMs, "w2", 2_000);
    expect(await collect(rollUps.list(tenantId, range))).toEqual([
      { startMs, changes: 2, openWritesSinceMs: [1_000, 2_000] },
    ]);
    expect(await rollUps.put(tenantId, startMs, cells, 0)).toBe(false);
    expect(await rollUps.put(tenantId, startMs, cells, 1)).toBe(false);
    expect(await rollUps.put(tenantId, startMs, cells, 2)).toBe(true);
    await rollUps.endWrite(tenantId, startMs, "w1", 3_000);
    expect(await collect(rollUps.list(tenantId, range))).toEqual([
      { startMs, changes: 3, openWritesSinceMs: [] },
    ]);
  },
);

test.each(adapters)(
  "%s: what was written to late is due soon after it ends, or after it must be dead",
  { timeout: timeoutMs },
  async (_, open) => {
    const rollUps = open();
    const tenantId = newTenantId();
    const isDue = async (nowMs: number) =>
      (await collect(rollUps.due(nowMs))).some((due) => due.tenantId === tenantId && due.startMs === startMs);
    await rollUps.beginWrite(tenantId, startMs, "w1", 0);
    expect([await isDue(openWriteMs - 1), await isDue(openWriteMs)]).toEqual([false, true]);
    await rollUps.endWrite(tenantId, startMs, "w1", 0);
    expect([await isDue(0), await isDue(hourMs)]).toEqual([false, true]);
    await rollUps.schedule(tenantId, startMs, 1, 5 * hourMs);
    expect(await isDue(hourMs)).toBe(true);
    await rollUps.schedule(tenantId, startMs, 2, 5 * hourMs);
    expect([await isDue(hourMs), await isDue(5 * hourMs)]).toEqual([false, true]);
    await rollUps.put(tenantId, startMs, [], 2);
    expect(await isDue(Number.MAX_SAFE_INTEGER)).toBe(false);
  },
);

test.each(adapters)(
  "%s: progress only moves forward, from where it began",
  { timeout: timeoutMs },
  async (_, open) => {
    const rollUps = open();
    const tenantId = newTenantId();
    expect(await rollUps.readProgress(tenantId)).toBeUndefined();
    await rollUps.advance(tenantId, { fromMs: 10, untilMs: 20 });
    await rollUps.advance(tenantId, { fromMs: 10, untilMs: 15 });
    await rollUps.advance(tenantId, { fromMs: 5, untilMs: 30 });
    expect(await rollUps.readProgress(tenantId)).toEqual({ fromMs: 10, untilMs: 20 });
    await rollUps.advance(tenantId, { fromMs: 10, untilMs: 25 });
    expect(await rollUps.readProgress(tenantId)).toEqual({ fromMs: 10, untilMs: 25 });
  },
);

test("more cells than an item of DynamoDB holds are not kept, and not tried again", {
  timeout: timeoutMs,
}, async () => {
  const tenantId = newTenantId();
  // Names that do not compress.
  const names = Array.from({ length: 1_500 }, (_, index) =>
    Array.from({ length: 40 }, (_unused, digit) => Math.sin(index * 40 + digit)).join(""),
  );
  const cells = names.map((name) => cellOf(tenantId, startMs, name));
  await stores.rollUps.beginWrite(tenantId, startMs, "w", 0);
  expect(await stores.rollUps.put(tenantId, startMs, cells, 1)).toBe(false);
  const [stored] = await collect(stores.rollUps.list(tenantId, { startMs, endMs: startMs + hourMs }));
  expect(stored).toEqual({ startMs, changes: 1, openWritesSinceMs: [] });
  const due = await collect(stores.rollUps.due(Number.MAX_SAFE_INTEGER));
  expect(due.some((hour) => hour.tenantId === tenantId)).toBe(false);
});
