/** Windows of time that limits count in: calendar months of a time zone, and minutes. */
import { DateTime } from "luxon";

export type WindowKind = "minute" | "month";

export interface Window {
  readonly kind: WindowKind;
  /** Names the window within its kind: "2026-11", "2026-11-22T18:25Z". */
  readonly label: string;
  readonly startMs: number;
  /** The first instant that is no longer in it. */
  readonly endMs: number;
}

/** The window that `instantMs` falls into. Months follow the zone's calendar, daylight saving included. */
export function windowAt(kind: WindowKind, instantMs: number, timeZone: string): Window {
  if (kind === "minute") {
    const start = DateTime.fromMillis(instantMs, { zone: "utc" }).startOf("minute");
    return {
      kind,
      label: start.toFormat("yyyy-MM-dd'T'HH:mm'Z'"),
      startMs: start.toMillis(),
      endMs: start.plus({ minutes: 1 }).toMillis(),
    };
  }
  return monthFrom(DateTime.fromMillis(instantMs, { zone: timeZone }));
}

/** The month "2026-11" of a time zone. */
export function monthWindow(month: string, timeZone: string): Window {
  return monthFrom(DateTime.fromISO(`${month}-01`, { zone: timeZone }));
}

/** The calendar day, such as "2026-11-22", of an instant in a time zone. */
export function dayLabel(instantMs: number, timeZone: string): string {
  return DateTime.fromMillis(instantMs, { zone: timeZone }).toISODate() ?? "";
}

/** The UTC months, such as "2026-11", that an interval [startMs, endMs) touches, in order. */
export function utcMonths(startMs: number, endMs: number): string[] {
  const months: string[] = [];
  let month = DateTime.fromMillis(startMs, { zone: "utc" }).startOf("month");
  while (month.toMillis() < endMs) {
    months.push(month.toFormat("yyyy-MM"));
    month = month.plus({ months: 1 });
  }
  return months;
}

function monthFrom(within: DateTime): Window {
  return {
    kind: "month",
    label: within.toFormat("yyyy-MM"),
    startMs: firstOfMonth(within),
    endMs: firstOfMonth(within.startOf("month").plus({ months: 1 })),
  };
}

/** Where clocks change at midnight of the first, that midnight may come twice, or not at all. */
function firstOfMonth(within: DateTime): number {
  const start = within.startOf("month");
  return Math.min(...start.getPossibleOffsets().map((possible) => possible.toMillis()));
}
