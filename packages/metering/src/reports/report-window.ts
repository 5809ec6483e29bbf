/** Windows of time that reports are about, and the window before each. */
import { DateTime } from "luxon";
import { monthWindow, windowAt } from "../windows.ts";
import type { InstantRange } from "./list-cells.ts";

/** Instants; or days or a month of a time zone's calendar. The end is the first instant or day that is not in it. */
export type ReportWindow =
  | { readonly fromMs: number; readonly toMs: number }
  | { readonly fromDay: string; readonly toDay: string }
  | { readonly month: string };

/** The window as instants. Days are such as "2026-11-22", and begin where `windowAt` lets them begin. */
export function rangeOf(window: ReportWindow, timeZone: string): InstantRange {
  if ("month" in window) {
    const { startMs, endMs } = monthWindow(window.month, timeZone);
    return { startMs, endMs };
  }
  if ("fromDay" in window) {
    return { startMs: startOfDay(window.fromDay, timeZone), endMs: startOfDay(window.toDay, timeZone) };
  }
  return { startMs: window.fromMs, endMs: window.toMs };
}

/** The month before, as many days before, or the same time before. */
export function windowBefore(window: ReportWindow): ReportWindow {
  if ("month" in window) {
    const month = DateTime.fromISO(`${window.month}-01`, { zone: "utc" });
    return { month: month.minus({ months: 1 }).toFormat("yyyy-MM") };
  }
  if ("fromDay" in window) {
    const from = DateTime.fromISO(window.fromDay, { zone: "utc" });
    const days = DateTime.fromISO(window.toDay, { zone: "utc" }).diff(from, "days").days;
    return { fromDay: from.minus({ days }).toFormat("yyyy-MM-dd"), toDay: window.fromDay };
  }
  return { fromMs: window.fromMs - (window.toMs - window.fromMs), toMs: window.fromMs };
}

/** Noon is in every day, wherever clocks change. */
function startOfDay(day: string, timeZone: string): number {
  const noonMs = DateTime.fromISO(`${day}T12:00:00`, { zone: timeZone }).toMillis();
  return windowAt("day", noonMs, timeZone).startMs;
}
