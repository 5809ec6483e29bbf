import { ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { beforeEach, expect, test } from "vitest";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { listCells } from "./list-cells.ts";
import { openWriteMs } from "./roll-up-store.ts";
import { rollUpUsage } from "./roll-up-usage.ts";
import { RollingLedgerStore } from "./rolling-ledger-store.ts";
import { hourMs } from "./usage-cell.ts";

const startMs = Date.parse("2026-11-22T08:00:00Z");
const tenantId = "t1";
let clock: ManualClock;
let ledger: MemoryLedgerStore;
let rollUps: MemoryRollUpStore;
let listed: number;

beforeEach(() => {
  clock = new ManualClock(startMs);
  ledger = new MemoryLedgerStore();
  rollUps = new MemoryRollUpStore();
  listed = 0;
});

const entryAt = (atMs: number) => ledgerEntry(tenantId, newRequestId(new ManualClock(atMs), systemRandom));

function roll(maxHours = 100, createdAtMs = startMs, tenantIds = [tenantId]) {
  return rollUpUsage({
    ledger,
    rollUps,
    clock,
    tenants: async () => tenantIds.map((id) => ({ id, createdAtMs })),
    maxHours,
    onFailure: (what, error) => expect.unreachable(`${what}: ${error}`),
  });
}

/** The requests that a report counts, and how many entries had to be read for it. */
async function count(): Promise<{ requests: number; read: number }> {
  listed = 0;
  const counting = {
    async *list(...range: Parameters<MemoryLedgerStore["list"]>) {
      for await (const entry of ledger.list(...range)) {
        listed += 1;
        yield entry;
      }
    },
  };
  let requests = 0;
  const range = { startMs: startMs - 100 * hourMs, endMs: startMs + 100 * hourMs };
  for await (const cell of listCells(tenantId, range, { ledger: counting, rollUps })) {
    requests += cell.requests;
  }
  return { requests, read: listed };
}

test("hours that ended two hours ago are rolled up, later ones are read from their entries", async () => {
  for (const hour of [0, 0, 3, 4]) {
    await ledger.record(entryAt(startMs + hour * hourMs));
  }
  clock.set(startMs + 6 * hourMs - 1);
  expect(await roll()).toEqual({ rolledUp: 1, postponed: 0, failed: 0 });
  expect(await count()).toEqual({ requests: 4, read: 2 });
  clock.advance(1);
  expect(await roll()).toEqual({ rolledUp: 1, postponed: 0, failed: 0 });
  expect(await roll()).toEqual({ rolledUp: 0, postponed: 0, failed: 0 });
  expect(await count()).toEqual({ requests: 4, read: 1 });
});

test("a round looks at no more hours than it may, and the next ones go on where it ended", async () => {
  for (let hour = 0; hour < 60; hour += 1) {
    await ledger.record(entryAt(startMs + hour * hourMs));
  }
  clock.set(startMs + 62 * hourMs);
  const rolled = [];
  for (let round = 0; round < 4; round += 1) {
    rolled.push((await roll(24)).rolledUp);
  }
  expect(rolled).toEqual([24, 24, 12, 0]);
  expect(await count()).toEqual({ requests: 60, read: 0 });
});

test("what was entered for the time before the tenant was made is reported, and never rolled up", async () => {
  await ledger.record(entryAt(startMs - 50 * hourMs));
  clock.set(startMs + 10 * hourMs);
  expect(await roll()).toEqual({ rolledUp: 0, postponed: 0, failed: 0 });
  await ledger.record(entryAt(startMs - 49 * hourMs));
  expect(await count()).toEqual({ requests: 2, read: 2 });
});

test("a late write takes the hour's roll-up away, and the hour is rolled up again when it is calm", async () => {
  const rolling = new RollingLedgerStore({ ledger, rollUps, clock });
  await ledger.record(entryAt(startMs));
  clock.set(startMs + 10 * hourMs);
  await roll();
  expect(await count()).toEqual({ requests: 1, read: 0 });
  await rolling.record(entryAt(startMs + 1));
  await rolling.record(entryAt(startMs + 2 * hourMs));
  expect(await count()).toEqual({ requests: 3, read: 3 });
  expect(await roll()).toEqual({ rolledUp: 0, postponed: 0, failed: 0 });
  clock.advance(10 * 60_000);
  expect(await roll()).toEqual({ rolledUp: 2, postponed: 0, failed: 0 });
  expect(await count()).toEqual({ requests: 3, read: 0 });
});

test("an hour that is being written to is not rolled up until its writer is done or must be dead", async () => {
  clock.set(startMs + 10 * hourMs);
  const dead = entryAt(startMs);
  const rolling = new RollingLedgerStore({
    ledger: Object.assign(Object.create(ledger), {
      record: async () => {
        // A roller comes while the entry is not there yet; then the entry is, and its writer is not.
        expect(await roll()).toMatchObject({ rolledUp: 0, postponed: 1 });
        await ledger.record(dead);
        throw new Error("killed");
      },
    }),
    rollUps,
    clock,
  });
  await expect(rolling.record(dead)).rejects.toThrow("killed");
  expect(await count()).toEqual({ requests: 1, read: 1 });
  clock.advance(openWriteMs - 1);
  expect(await roll()).toMatchObject({ rolledUp: 0 });
  expect(await count()).toEqual({ requests: 1, read: 1 });
  clock.advance(1);
  expect(await roll()).toMatchObject({ rolledUp: 1 });
  expect(await count()).toEqual({ requests: 1, read: 0 });
});

test("a process that sleeps within its write takes away what was rolled up meanwhile", async () => {
  const late = entryAt(startMs);
  const rolling = new RollingLedgerStore({
    ledger: Object.assign(Object.create(ledger), {
      record: async () => {
        clock.advance(10 * hourMs);
        await roll();
        return ledger.record(late);
      },
    }),
    rollUps,
    clock,
  });
  await rolling.record(late);
  expect(await count()).toEqual({ requests: 1, read: 1 });
});

test("late entries that could not be announced are not written, and are given back", async () => {
  clock.set(startMs + 10 * hourMs);
  const failing = Object.assign(Object.create(rollUps), {
    beginWrite: () => Promise.reject(new Error("down")),
  });
  const rolling = new RollingLedgerStore({ ledger, rollUps: failing, clock });
  const late = entryAt(startMs);
  const inTime = entryAt(startMs + 10 * hourMs);
  expect(await rolling.recordAll([late, inTime])).toEqual([late]);
  expect(ledger.all()).toEqual([inTime]);
  await expect(rolling.record(late)).rejects.toThrow("down");
});

test("of two tenants the one that is further behind comes first", async () => {
  clock.set(startMs + 10 * hourMs);
  await roll(100, startMs, ["t-ahead"]);
  clock.advance(hourMs);
  await roll(8, startMs, ["t-ahead", "t-behind"]);
  expect(await rollUps.readProgress("t-behind")).toEqual({ fromMs: startMs, untilMs: startMs + 8 * hourMs });
  expect((await rollUps.readProgress("t-ahead"))?.untilMs).toBe(startMs + 8 * hourMs);
});
