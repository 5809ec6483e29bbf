import fc from "fast-check";
import { expect, test } from "vitest";
import { monthWindow, windowAt } from "../windows.ts";
import { billedMonthOf, closesAtMs } from "./billed-month.ts";

const closeAfterMs = 3 * 86_400_000;
const kolkata = { timeZone: "Asia/Kolkata", closeAfterMs };
const at = (text: string) => Date.parse(text);

test.each([
  ["while the call's month runs", "2026-11-22T00:00:00Z", "2026-11"],
  ["in the days in which the month is not closed yet", "2026-12-02T00:00:00Z", "2026-11"],
  // November ends there at 18:30 UTC of the 30th; it can be closed three days later.
  ["an hour before the month can be closed", "2026-12-03T17:29:59.999Z", "2026-11"],
  ["later than that", "2026-12-03T17:30:00Z", "2026-12"],
  ["months later, by the month it is posted in", "2027-02-28T18:30:00Z", "2027-03"],
])("an adjustment posted %s", (_, postedAt, month) => {
  const instants = { arrivedAtMs: at("2026-11-30T18:29:59Z"), postedAtMs: at(postedAt) };
  expect(billedMonthOf(instants, kolkata)).toBe(month);
});

test("no adjustment counts in a month that could be closed when it was posted, nor in one before its call's", () => {
  const zones = ["UTC", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati", "America/Sao_Paulo"];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: at("2016-01-01"), max: at("2030-01-01") }),
      fc.integer({ min: 0, max: 120 * 86_400_000 }),
      fc.constantFrom(closeAfterMs, 3_600_000, 0),
      (timeZone, arrivedAtMs, later, afterMs) => {
        const postedAtMs = arrivedAtMs + later;
        const month = billedMonthOf({ arrivedAtMs, postedAtMs }, { timeZone, closeAfterMs: afterMs });
        const window = monthWindow(month, timeZone);
        expect(postedAtMs < Math.max(closesAtMs(window, afterMs), window.endMs)).toBe(true);
        expect(window.startMs).toBeGreaterThanOrEqual(windowAt("month", arrivedAtMs, timeZone).startMs);
      },
    ),
    { numRuns: 400 },
  );
});
