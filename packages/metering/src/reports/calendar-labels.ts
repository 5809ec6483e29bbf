/** Names the day and the hour of a time zone that a quarter of an hour falls into. */
import { DateTime } from "luxon";

export interface CalendarLabels {
  /** "2026-11-01". */
  readonly day: string;
  /** "2026-11-01T01:00-07:00": with the offset, so that an hour that comes twice has two names. */
  readonly hour: string;
}

/** A function that finds a quarter's labels, and remembers them: a report asks for few quarters, many times. */
export function calendarLabels(timeZone: string): (quarterStartMs: number) => CalendarLabels {
  const known = new Map<number, CalendarLabels>();
  return (quarterStartMs) => {
    const labels = known.get(quarterStartMs) ?? labelsOf(quarterStartMs, timeZone);
    known.set(quarterStartMs, labels);
    return labels;
  };
}

function labelsOf(quarterStartMs: number, timeZone: string): CalendarLabels {
  const local = DateTime.fromMillis(quarterStartMs, { zone: timeZone });
  return { day: local.toFormat("yyyy-MM-dd"), hour: local.toFormat("yyyy-MM-dd'T'HH:'00'ZZ") };
}
