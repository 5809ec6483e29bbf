import { ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { beforeEach, expect, test } from "vitest";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { compareWindows, type MoversQuery, type MoversReport } from "./compare-windows.ts";

const tenants = [{ id: "t1", timeZone: "America/Los_Angeles" }];
let ledger: MemoryLedgerStore;

beforeEach(() => {
  ledger = new MemoryLedgerStore();
});

async function spend(at: string, modelId: string, costNanoUsd: bigint): Promise<void> {
  const requestId = newRequestId(new ManualClock(Date.parse(at)), systemRandom);
  await ledger.record(ledgerEntry("t1", requestId, { modelId, costNanoUsd }));
}

async function compare(query: Partial<MoversQuery>): Promise<MoversReport> {
  const report = await compareWindows(
    {
      window: { month: "2026-11" },
      by: "model",
      limit: 10,
      maxRows: 100,
      nowMs: Date.parse("2027-01-01"),
      ...query,
    },
    tenants,
    { ledger, rollUps: new MemoryRollUpStore(), adjustments: { async *ofCalls() {} } },
  );
  return "refused" in report ? expect.unreachable(report.refused.message) : report;
}

test("movers are sorted by the size of their change, with what shrank and what is new among them", async () => {
  // The last second of October in Los Angeles, and the first of November.
  await spend("2026-11-01T06:59:59Z", "m.steady", 500n);
  await spend("2026-11-01T07:00:00Z", "m.steady", 505n);
  await spend("2026-10-10T00:00:00Z", "m.gone", 300n);
  await spend("2026-12-01T07:59:59Z", "m.new", 200n);
  await spend("2026-12-01T08:00:00Z", "m.new", 9_000n);
  const { movers, total } = await compare({});
  expect(movers.map(({ value, changeNanoUsd, changeRatio }) => [value, changeNanoUsd, changeRatio])).toEqual([
    ["m.gone", -300n, -1],
    ["m.new", 200n, undefined],
    ["m.steady", 5n, 0.01],
  ]);
  expect(total).toMatchObject({ costNanoUsd: 705n, costBeforeNanoUsd: 800n, requests: 2, requestsBefore: 2 });
  expect((await compare({ limit: 1 })).movers).toHaveLength(1);
});

test("a month that runs is compared with as long a beginning of the month before", async () => {
  await spend("2026-11-03T00:00:00Z", "m", 10n);
  await spend("2026-10-03T00:00:00Z", "m", 7n);
  await spend("2026-10-20T00:00:00Z", "m", 1_000n);
  const { total } = await compare({ nowMs: Date.parse("2026-11-05T00:00:00Z") });
  expect(total).toMatchObject({ costNanoUsd: 10n, costBeforeNanoUsd: 7n });
});

test("days are compared with as many days before, whatever clocks do in them", async () => {
  await spend("2026-11-02T07:59:59Z", "m", 10n);
  await spend("2026-11-02T08:00:00Z", "m", 100n);
  await spend("2026-10-31T07:00:00Z", "m", 3n);
  await spend("2026-10-31T06:59:59Z", "m", 1_000n);
  const { total } = await compare({ window: { fromDay: "2026-11-01", toDay: "2026-11-02" } });
  expect(total).toMatchObject({ costNanoUsd: 10n, costBeforeNanoUsd: 3n });
});
