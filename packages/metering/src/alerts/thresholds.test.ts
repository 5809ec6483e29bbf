import { expect, test } from "vitest";
import { monthlyCap } from "../limits.ts";
import { tenantWith } from "../testing/open-stores.ts";
import { alertIdOf } from "./alert.ts";
import { forecastAlert } from "./forecast-alert.ts";
import { reachedThresholds } from "./thresholds.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const cap = monthlyCap(tenantWith("t000000000001", { monthlyCapNanoUsd: 1_000n }), now);
const rules = { percents: [80, 100], counting: "settled", limits: "monthly-cap" } as const;
const account = (settled: bigint, held = 0n) => ({
  settled,
  holds: [{ requestId: "r", tenantId: "t", amount: held, expiresAtMs: 0, state: "held" as const }],
  grants: [],
});
const reached = (settled: bigint, held?: bigint, counting: "settled" | "held" = "settled") =>
  reachedThresholds(cap, account(settled, held), { ...rules, counting }).map(({ facts }) => facts.percent);

test("a percentage is reached at exactly its share of the limit", () => {
  expect(reached(799n)).toEqual([]);
  expect(reached(800n)).toEqual(["80"]);
  expect(reached(999n)).toEqual(["80"]);
  expect(reached(1_000n)).toEqual(["80", "100"]);
});

test("what is held counts where the rules say so", () => {
  expect(reached(500n, 500n)).toEqual([]);
  expect(reached(500n, 300n, "held")).toEqual(["80"]);
});

test("an id is the same for the same tenant, window, limit and level, and for nothing else", () => {
  const ids = (limit: typeof cap) => reachedThresholds(limit, account(1_000_000n), rules).map(alertIdOf);
  expect(ids(cap)).toEqual(ids({ ...cap, version: 99 }));
  const others = [
    cap,
    { ...cap, owner: "t000000000002" },
    { ...cap, limitId: "other" },
    { ...cap, amount: 2_000n },
    monthlyCap(
      tenantWith("t000000000001", { monthlyCapNanoUsd: 1_000n }),
      Date.parse("2026-12-01T00:00:00Z"),
    ),
  ];
  const all = others.flatMap(ids);
  expect(new Set(all).size).toBe(all.length);
  expect(all[0]).toMatch(/^alert_[0-9a-f]{32}$/);
});

test("a forecast alerts while the cap is not reached, with the days that are left", () => {
  const forecast = { spentNanoUsd: 700n, monthEndNanoUsd: 1_001n };
  expect(forecastAlert(cap, forecast, now)).toMatchObject({
    rule: "forecast",
    window: "2026-11",
    facts: { daysLeft: "9" },
  });
  expect(forecastAlert(cap, { ...forecast, monthEndNanoUsd: 1_000n }, now)).toBeUndefined();
  expect(forecastAlert(cap, { ...forecast, spentNanoUsd: 1_000n }, now)).toBeUndefined();
});
