/** Calendar months and their days, written as the API writes them: "2026-11" and "2026-11-22". */

const monthName = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" });
const dayName = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" });

/** "November 2026". */
export function formatMonth(month: string): string {
  return monthName.format(Date.parse(`${month}-01T00:00:00Z`));
}

/** "Nov 22". */
export function formatDayOfMonth(day: string): string {
  return dayName.format(Date.parse(`${day}T00:00:00Z`));
}

/** The month and those before it, `count` in all, latest first. */
export function monthsBackFrom(month: string, count: number): string[] {
  const [year = 0, monthOfYear = 1] = month.split("-").map(Number);
  return Array.from({ length: count }, (_, back) => {
    const index = year * 12 + monthOfYear - 1 - back;
    return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
  });
}

/** Every day of the month, in order. */
export function daysOf(month: string): string[] {
  const [year = 0, monthOfYear = 1] = month.split("-").map(Number);
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const count = monthOfYear === 2 ? (isLeapYear ? 29 : 28) : [4, 6, 9, 11].includes(monthOfYear) ? 30 : 31;
  return Array.from({ length: count }, (_, index) => `${month}-${String(index + 1).padStart(2, "0")}`);
}
