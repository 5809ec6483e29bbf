/** Instants on screen, in the time zone of whoever looks. */

const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const calendarDay = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

const dayAndHour = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const minute = new Intl.DateTimeFormat("en-US", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const hourMs = 3_600_000;

/** "18:49:32". */
export function formatClockTime(instant: string): string {
  return clockTime.format(Date.parse(instant));
}

/** "Nov 22, 2026". */
export function formatDay(instant: string): string {
  return calendarDay.format(Date.parse(instant));
}

/** "Nov 22, 18:49:32". */
export function formatDayAndTime(instant: string): string {
  return dayAndTime.format(Date.parse(instant));
}

/** "Nov 22, 18:00": to the hour, for what is only expected. */
export function formatDayAndHour(instant: string): string {
  return dayAndHour.format(Math.floor(Date.parse(instant) / hourMs) * hourMs);
}

/** "Nov 22, 2026, 18:49". */
export function formatMinute(instant: string): string {
  return minute.format(Date.parse(instant));
}

/** How long from one instant to a later one: "850 ms", "2.4 s", "3 min 5 s". */
export function formatElapsed(from: string, to: string): string {
  const elapsedMs = Date.parse(to) - Date.parse(from);
  if (elapsedMs < 1000) {
    return `${elapsedMs} ms`;
  }
  if (elapsedMs < 60_000) {
    return `${(elapsedMs / 1000).toFixed(1)} s`;
  }
  const seconds = Math.floor(elapsedMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** For an input of a day and time, in the time zone of whoever looks: "2026-11-30T18:30". */
export function localInput(instant: string): string {
  const at = new Date(instant);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The instant that such an input means; the text itself when it means none, which the API refuses. */
export function instantOfLocal(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}
