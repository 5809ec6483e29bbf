import { limitWindows } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentWindows } from "./recent-windows.ts";
import { dayLabel, monthWindow, utcMonths, windowAt } from "./windows.ts";

const utc = (text: string) => Date.parse(text);

test.each([
  // Daylight saving ends on 1 November: the month is an hour longer than its days.
  ["America/Los_Angeles", "2026-11", "2026-11-01T07:00:00Z", "2026-12-01T08:00:00Z"],
  ["America/Los_Angeles", "2026-03", "2026-03-01T08:00:00Z", "2026-04-01T07:00:00Z"],
  ["Asia/Kolkata", "2026-11", "2026-10-31T18:30:00Z", "2026-11-30T18:30:00Z"],
  ["Asia/Kolkata", "2028-02", "2028-01-31T18:30:00Z", "2028-02-29T18:30:00Z"],
  ["UTC", "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"],
  // Midnight of the first did not exist: clocks went from 0:00 to 1:00.
  ["America/Asuncion", "2023-10", "2023-10-01T04:00:00Z", "2023-11-01T03:00:00Z"],
  // Midnight of the first came twice: the first of them begins the month.
  ["America/Havana", "2026-11", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"],
])("in %s the month %s is the one of its calendar", (timeZone, label, start, end) => {
  const window = { kind: "month", label, startMs: utc(start), endMs: utc(end) };
  expect(monthWindow(label, timeZone)).toEqual(window);
  expect(windowAt("month", utc(start), timeZone)).toEqual(window);
  expect(windowAt("month", utc(end) - 1, timeZone)).toEqual(window);
  expect(windowAt("month", utc(start) - 1, timeZone)).toMatchObject({ endMs: utc(start) });
  expect(windowAt("month", utc(end), timeZone)).toMatchObject({ startMs: utc(end) });
});

const zones = [
  "UTC",
  "Asia/Kolkata",
  "America/Los_Angeles",
  "America/Asuncion",
  "America/Havana",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Pacific/Apia",
];
/** Any instant of 16 years, and more of those around the ends of months. */
const instants = fc.oneof(
  fc.integer({ min: utc("2020-01-01T00:00:00Z"), max: utc("2036-01-01T00:00:00Z") }),
  fc
    .record({
      month: fc.integer({ min: 0, max: 16 * 12 - 1 }),
      apartMs: fc.integer({ min: -50_000_000, max: 50_000_000 }),
    })
    .map(({ month, apartMs }) => Date.UTC(2020, month) + apartMs),
);

test("every instant of every zone lies in exactly one window, and windows leave no gap", () => {
  fc.assert(
    fc.property(instants, fc.constantFrom(...zones), fc.constantFrom(...limitWindows), (atMs, zone, kind) => {
      const window = windowAt(kind, atMs, zone);
      expect(window.startMs <= atMs && atMs < window.endMs).toBe(true);
      for (const inside of [window.startMs, window.endMs - 1]) {
        expect(windowAt(kind, inside, zone)).toEqual(window);
      }
      const next = windowAt(kind, window.endMs, zone);
      expect(next.startMs).toBe(window.endMs);
      expect(next.label > window.label).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("a minute is the same for every zone, those half an hour apart too", () => {
  const atMs = utc("2026-11-22T18:25:59.999Z");
  for (const zone of zones) {
    expect(windowAt("minute", atMs, zone)).toEqual({
      kind: "minute",
      label: "2026-11-22T18:25Z",
      startMs: utc("2026-11-22T18:25:00Z"),
      endMs: utc("2026-11-22T18:26:00Z"),
    });
  }
});

test("a day is named by the tenant's calendar", () => {
  const atMs = utc("2026-11-30T20:00:00Z");
  expect(dayLabel(atMs, "Asia/Kolkata")).toBe("2026-12-01");
  expect(dayLabel(atMs, "America/Los_Angeles")).toBe("2026-11-30");
});

test("an interval touches each of its UTC months once, the one it ends at not", () => {
  expect(utcMonths(utc("2026-10-31T18:30:00Z"), utc("2026-11-30T18:30:00Z"))).toEqual(["2026-10", "2026-11"]);
  expect(utcMonths(utc("2026-11-01T00:00:00Z"), utc("2026-12-01T00:00:00Z"))).toEqual(["2026-11"]);
  expect(utcMonths(utc("2026-12-31T23:59:59.999Z"), utc("2027-01-01T00:00:00.001Z"))).toEqual([
    "2026-12",
    "2027-01",
  ]);
  expect(utcMonths(5, 5)).toEqual(["1970-01"]);
});

test("windows that are remembered are the same as those that are looked up", () => {
  const recent = new RecentWindows();
  fc.assert(
    fc.property(instants, fc.constantFrom(...zones), fc.constantFrom(...limitWindows), (atMs, zone, kind) => {
      for (const near of [atMs, atMs + 30_000, atMs - 3_600_000]) {
        expect(recent.at(kind, near, zone)).toEqual(windowAt(kind, near, zone));
      }
    }),
    { numRuns: 1_000 },
  );
});
