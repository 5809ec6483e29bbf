import fc from "fast-check";
import { expect, test } from "vitest";
import { findAnomaly } from "./anomaly.ts";
import { anomalyAlerts } from "./anomaly-alert.ts";

const usd = 1_000_000_000n;

test("the bound is median + 3.5 MAD / 0.6745, and only what is above it is unusual", () => {
  // Median 100, deviations 0 0 1 1 2 2 50: MAD 1, below a tenth of the median, so the spread is 10.
  const quiet = [100n, 101n, 99n, 102n, 98n, 100n, 150n];
  // 100 + 35 / 0.6745 = 151.89…
  expect(findAnomaly(152n, quiet, 0n)).toEqual({ medianNanoUsd: 100n, boundNanoUsd: 151n });
  expect(findAnomaly(151n, quiet, 0n)).toBeUndefined();
  // Median 100, deviations 0 20 20 40 40 60 60: MAD 40. 100 + 140 / 0.6745 = 307.56…
  const lively = [100n, 80n, 120n, 60n, 140n, 40n, 160n];
  expect(findAnomaly(308n, lively, 0n)).toEqual({ medianNanoUsd: 100n, boundNanoUsd: 307n });
  expect(findAnomaly(307n, lively, 0n)).toBeUndefined();
});

test("an even count takes the middle between the two middle values", () => {
  // Median 15, MAD 10 (deviations 5 5 5 5 15 15 25 25): 15 + 35 / 0.6745 = 66.89…
  const history = [10n, 20n, 10n, 20n, 0n, 30n, 40n, -10n];
  expect(findAnomaly(67n, history, 0n)).toEqual({ medianNanoUsd: 15n, boundNanoUsd: 66n });
  expect(findAnomaly(66n, history, 0n)).toBeUndefined();
});

test("one earlier outlier does not hide the next, and a small excess is not worth an alert", () => {
  const history = [...Array.from({ length: 13 }, () => 2n * usd), 500n * usd];
  expect(findAnomaly(4n * usd, history, usd)).toMatchObject({ medianNanoUsd: 2n * usd });
  expect(findAnomaly(4n * usd, history, 2n * usd)).toBeUndefined();
});

test("too short a history says nothing", () => {
  expect(
    findAnomaly(
      1_000n * usd,
      Array.from({ length: 6 }, () => 1n),
      0n,
    ),
  ).toBeUndefined();
  expect(
    findAnomaly(
      1_000n * usd,
      Array.from({ length: 7 }, () => 1n),
      0n,
    ),
  ).toBeDefined();
});

test("it is the same in any order and in any unit, and more spend is never less unusual", () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 7, maxLength: 20 }),
      fc.bigInt(0n, 10n ** 13n),
      fc.bigInt(1n, 1_000n),
      (history, spent, factor) => {
        const found = findAnomaly(spent, history, 0n);
        expect(findAnomaly(spent, history.toReversed(), 0n)).toEqual(found);
        // The tenth of the median is rounded down by less than a unit, so compare where that cannot matter.
        const scaled = history.map((value) => value * 20n * factor);
        const scaledFound = findAnomaly(spent * 20n * factor, scaled, 0n);
        expect(
          findAnomaly(spent * 20n * factor + 1n, scaled, 0n) !== undefined || scaledFound === undefined,
        ).toBe(true);
        if (found) {
          expect(found.boundNanoUsd).toBeLessThan(spent);
          expect(findAnomaly(found.boundNanoUsd, history, 0n)).toBeUndefined();
          expect(findAnomaly(found.boundNanoUsd + 1n, history, 0n)).toBeDefined();
        }
      },
    ),
  );
});

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse("2026-11-22T15:20:00Z");
const hourStart = Date.parse("2026-11-22T15:00:00Z");
const tenant = { id: "t000000000001", createdAtMs: 0 };

/** A dollar in each hour from 9 to 17, for the given days back. */
function steadySpend(days: number): Map<number, bigint> {
  const spend = new Map<number, bigint>();
  for (let back = 1; back <= days; back += 1) {
    for (let of = 9; of < 17; of += 1) {
      spend.set(Date.parse("2026-11-22T00:00:00Z") - back * day + of * hour, usd);
    }
  }
  return spend;
}

test("steady spend is no anomaly, and ten times an hour's spend is one of the hour and of the day", () => {
  const spend = steadySpend(14);
  spend.set(hourStart, usd);
  expect(anomalyAlerts(tenant, spend, usd, now)).toEqual([]);
  spend.set(hourStart, 30n * usd);
  expect(anomalyAlerts(tenant, spend, usd, now)).toMatchObject([
    { rule: "anomaly", window: "2026-11-22", level: "hour", facts: { medianUsd: "1.000000000", days: "14" } },
    { rule: "anomaly", window: "2026-11-22", level: "day", facts: { medianUsd: "8.000000000" } },
  ]);
});

test("the same spend is unusual at an hour of the night", () => {
  const spend = steadySpend(14);
  const night = Date.parse("2026-11-22T03:30:00Z");
  spend.set(Date.parse("2026-11-22T03:00:00Z"), 3n * usd);
  expect(anomalyAlerts(tenant, spend, usd, night)).toMatchObject([{ level: "hour" }]);
});

test("a tenant that came days ago is not measured by days without it", () => {
  const spend = steadySpend(6);
  spend.set(hourStart, 30n * usd);
  expect(anomalyAlerts({ ...tenant, createdAtMs: now - 6.5 * day }, spend, usd, now)).toEqual([]);
  expect(anomalyAlerts(tenant, spend, usd, now)).toHaveLength(2);
});
