/** Windows of time that limits count in: minutes, and the days, weeks and months of a time zone's calendar. */
import type { LimitWindow } from "@caprock/domain";
import { DateTime } from "luxon";

const minuteMs = 60_000;

export interface Window {
  readonly kind: LimitWindow;
  /** Names the window within its kind: "2026-11", "2026-W47", "2026-11-22", "2026-11-22T18:25Z". */
  readonly label: string;
  readonly startMs: number;
  /** The first instant that is no longer in it. */
  readonly endMs: number;
}

/**
 * The window that `instantMs` falls into. Days, weeks (from Monday, as ISO 8601 has them) and months follow the
 * zone's calendar, daylight saving included; every time zone in use has the same minutes.
 */
export function windowAt(kind: LimitWindow, instantMs: number, timeZone: string): Window {
  if (kind === "minute") {
    const startMs = instantMs - (instantMs % minuteMs);
    return {
      kind,
      label: `${new Date(startMs).toISOString().slice(0, 16)}Z`,
      startMs,
      endMs: startMs + minuteMs,
    };
  }
  return calendarWindow(kind, DateTime.fromMillis(instantMs, { zone: timeZone }));
}

/** The month "2026-11" of a time zone. */
export function monthWindow(month: string, timeZone: string): Window {
  return calendarWindow("month", DateTime.fromISO(`${month}-01`, { zone: timeZone }));
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

type CalendarWindow = Exclude<LimitWindow, "minute">;

const calendarLabels: Readonly<Record<CalendarWindow, string>> = {
  day: "yyyy-MM-dd",
  week: "kkkk-'W'WW",
  month: "yyyy-MM",
};

function calendarWindow(kind: CalendarWindow, within: DateTime): Window {
  const start = within.startOf(kind);
  return {
    kind,
    label: start.toFormat(calendarLabels[kind]),
    startMs: firstInstantOf(start),
    // From noon of the last day, so that an hour more or less at midnight does not matter.
    endMs: firstInstantOf(
      start
        .set({ hour: 12 })
        .plus({ [`${kind}s`]: 1 })
        .startOf(kind),
    ),
  };
}

/** Where clocks change at midnight, that midnight may come twice, or not at all. */
function firstInstantOf(start: DateTime): number {
  return Math.min(...start.getPossibleOffsets().map((possible) => possible.toMillis()));
}
