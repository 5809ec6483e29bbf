import { ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { expect, test } from "vitest";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { tenantWith } from "../testing/tenant-with.ts";
import { forecastSpend } from "./forecast-spend.ts";
import { hourMs } from "./usage-cell.ts";

const tenantId = "t-forecast";
const dollar = 1_000_000_000n;

interface Traffic {
  readonly from: string;
  readonly now: string;
  readonly cap: bigint;
  readonly timeZone?: string;
  /** What the hour with this number since `from` costs. */
  readonly costOf: (hour: number) => bigint;
}

/** One call in each hour. Resolves with the forecast, and with what the rest of the month's hours come to. */
async function forecastOf({ from, now, cap, timeZone = "UTC", costOf }: Traffic) {
  const ledger = new MemoryLedgerStore();
  const [fromMs, nowMs] = [Date.parse(from), Date.parse(now)];
  for (let hour = 0; fromMs + hour * hourMs < nowMs; hour += 1) {
    const requestId = newRequestId(new ManualClock(fromMs + hour * hourMs), systemRandom);
    await ledger.record(ledgerEntry(tenantId, requestId, { costNanoUsd: costOf(hour) }));
  }
  const tenant = { ...tenantWith(tenantId, { monthlyCapNanoUsd: cap }), timeZone };
  const forecast = await forecastSpend(tenant, nowMs, { ledger, rollUps: new MemoryRollUpStore() });
  let rest = 0n;
  for (let atMs = nowMs; atMs < forecast.endMs; atMs += hourMs) {
    const partMs = Math.min(hourMs, forecast.endMs - atMs);
    rest += (costOf((atMs - fromMs) / hourMs) * BigInt(partMs)) / BigInt(hourMs);
  }
  return { forecast, rest };
}

test("a straight line with a weekly pattern is continued exactly, without a range", async () => {
  const pattern = (hour: number) => BigInt((hour % 168) * 100_000);
  const { forecast, rest } = await forecastOf({
    from: "2026-10-20T00:00:00Z",
    now: "2026-11-22T12:00:00Z",
    cap: 1_000n * dollar,
    costOf: (hour) => dollar / 10n + BigInt(hour) * 40_000n + pattern(hour),
  });
  const truth = forecast.spentNanoUsd + rest;
  expect(forecast.outlook).toEqual({
    method: "weekly",
    costNanoUsd: truth,
    lowNanoUsd: truth,
    highNanoUsd: truth,
  });
});

test("from one week on a line with a daily pattern is continued exactly; in Kolkata's days", async () => {
  const { forecast, rest } = await forecastOf({
    from: "2026-11-10T00:00:00Z",
    now: "2026-11-20T07:00:00Z",
    timeZone: "Asia/Kolkata",
    cap: 1_000n * dollar,
    costOf: (hour) => dollar / 20n + BigInt(hour) * 80_000n + BigInt((hour % 24) * 250_000),
  });
  expect(forecast.outlook).toMatchObject({ method: "daily", costNanoUsd: forecast.spentNanoUsd + rest });
  expect(forecast.historyHours).toBe(247);
});

test("steady traffic of a few days is continued at its rate, and the cap is reached to the minute", async () => {
  const { forecast, rest } = await forecastOf({
    from: "2026-11-01T00:00:00Z",
    now: "2026-11-04T00:00:00Z",
    cap: 100n * dollar,
    costOf: () => dollar,
  });
  const truth = forecast.spentNanoUsd + rest;
  const exhausted = Date.parse("2026-11-05T04:00:00Z");
  expect(forecast).toMatchObject({ month: "2026-11", spentNanoUsd: 72n * dollar, capNanoUsd: 100n * dollar });
  expect(forecast.outlook).toEqual({
    method: "run-rate",
    costNanoUsd: truth,
    lowNanoUsd: truth,
    highNanoUsd: truth,
    exhaustedAtMs: exhausted,
    earliestExhaustedAtMs: exhausted,
    latestExhaustedAtMs: exhausted,
  });
});

test("uneven traffic has a range around the forecast, and an earliest and a latest time", async () => {
  const { forecast } = await forecastOf({
    from: "2026-10-01T00:00:00Z",
    now: "2026-11-10T00:00:00Z",
    cap: 700n * dollar,
    // A figure that looks random but is not.
    costOf: (hour) => (dollar * BigInt((hour * 7_919) % 211)) / 105n,
  });
  const { costNanoUsd, lowNanoUsd, highNanoUsd, ...exhausted } = forecast.outlook ?? expect.unreachable();
  expect(lowNanoUsd).toBeLessThan(costNanoUsd);
  expect(highNanoUsd).toBeGreaterThan(costNanoUsd);
  expect(exhausted.earliestExhaustedAtMs).toBeLessThan(exhausted.exhaustedAtMs ?? 0);
});

test("less than a day of traffic is said to be too little, and a spent cap to be spent", async () => {
  const { forecast } = await forecastOf({
    from: "2026-11-22T00:00:00Z",
    now: "2026-11-22T23:00:00Z",
    cap: dollar,
    costOf: () => dollar,
  });
  expect(forecast).toMatchObject({ historyHours: 23, neededHours: 24, spentNanoUsd: 23n * dollar });
  expect(forecast.outlook).toBeUndefined();
  const later = await forecastOf({
    from: "2026-11-22T00:00:00Z",
    now: "2026-11-23T01:00:00Z",
    cap: dollar,
    costOf: () => dollar,
  });
  expect(later.forecast.outlook?.exhaustedAtMs).toBe(Date.parse("2026-11-23T01:00:00Z"));
});
