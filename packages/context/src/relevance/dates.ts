/** Finds the days that a text speaks of, in English, as ISO dates or as 年月日, relative to the day on which it was said. */

/** Days since 1970-01-01, both ends included. */
export interface DayRange {
  readonly fromDay: number;
  readonly toDay: number;
}

const msPerDay = 86_400_000;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const counts = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const otherCounts: Readonly<Record<string, number>> = { a: 1, an: 1, couple: 2, few: 3 };
const unitDays: Readonly<Record<string, number>> = { day: 1, week: 7, weekend: 7, month: 30, year: 365 };

const month =
  "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const dayOfMonth = "(\\d{1,2})(?:st|nd|rd|th)?";
/** The time of a day may follow it, after a "T". */
const isoDate = /\b(?<year>\d{4})-(?<number>\d{2})(?:-(?<day>\d{2}))?(?!\d)/g;
const characterDate =
  /(?:(?<year>\d{4}) ?年 ?)?(?<!\d)(?<number>1[0-2]|0?[1-9]) ?月(?: ?(?<day>\d{1,2}) ?[日号號])?/g;
const characterYear = /(?<year>(?:19|20)\d\d) ?年/g;
const written = [
  `\\b(?<day>${dayOfMonth})(?: of)? (?<month>${month})\\b\\.?(?:,? (?<year>\\d{4}))?`,
  `\\b(?<month>${month})\\.? (?<day>${dayOfMonth})\\b(?:,? (?<year>\\d{4}))?`,
  `\\b(?<month>${month})\\b\\.?,?(?: of)? (?<year>\\d{4})\\b`,
].map((pattern) => new RegExp(pattern, "gi"));
/** "May" and "march" are verbs too, so a month alone needs a capital and a word that stands before times. */
const monthAlone =
  /\b(?:in|during|since|until|by|of|last|this|early|late|mid)[ -](?<month>January|February|March|April|May|June|July|August|September|October|November|December)\b/g;
const yearAlone = /\b(?:in|during|since|of|from|year) (?<year>(?:19|20)\d\d)\b/gi;

const near = /\b(?:(yesterday|last night)|(tomorrow)|today|tonight|this morning)\b/gi;
const ago =
  /\b(an?|one|two|three|four|five|six|seven|eight|nine|ten|couple|few|\d{1,3})(?: of)? (day|week|weekend|month|year)s? ago\b/gi;
const relative =
  /\b(?:(last|past|previous)|(next|coming)|this) (week|weekend|month|year|sunday|monday|tuesday|wednesday|thursday|friday|saturday)\b/gi;
const onWeekday = /\bon (sunday|monday|tuesday|wednesday|thursday|friday|saturday)\b/gi;
/** Nothing else can hold a date: most texts are done here. */
const anyDate =
  /\d|day|night|week|month|year|morning|tomorrow|ago\b|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec/i;

/** The day of a time, in UTC. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / msPerDay);
}

/** The year of a day. */
export function yearOf(day: number): number {
  return new Date(day * msPerDay).getUTCFullYear();
}

/**
 * The days that `text` names, each once. Relative ones ("yesterday", "two weeks ago") need `saidOnDay`; a date without a year is
 * taken in each of `years`.
 */
export function daysIn(text: string, saidOnDay: number | undefined, years: readonly number[]): DayRange[] {
  if (!anyDate.test(text)) {
    return [];
  }
  const absolute = absoluteDays(text, years);
  const all = saidOnDay === undefined ? absolute : [...absolute, ...relativeDays(text, saidOnDay)];
  return [...new Map(all.map((range) => [`${range.fromDay} ${range.toDay}`, range])).values()];
}

/** Each form is looked for in what the forms before it have left. */
function absoluteDays(text: string, years: readonly number[]): DayRange[] {
  const found: DayRange[] = [];
  let rest = text;
  for (const pattern of [isoDate, characterDate, characterYear, ...written, monthAlone, yearAlone]) {
    for (const match of rest.matchAll(pattern)) {
      const { year, number, month: name, day } = match.groups ?? {};
      const monthIndex = number === undefined ? monthNamed(name) : Number(number) - 1;
      for (const inYear of year === undefined ? years : [Number(year)]) {
        found.push(rangeOf(inYear, monthIndex, day));
      }
    }
    rest = rest.replace(pattern, " ");
  }
  return found;
}

function monthNamed(name: string | undefined): number | undefined {
  return name === undefined ? undefined : months.indexOf(name.slice(0, 3).toLowerCase());
}

function rangeOf(year: number, monthIndex: number | undefined, day: string | undefined): DayRange {
  if (monthIndex === undefined) {
    return { fromDay: dayOf(Date.UTC(year, 0, 1)), toDay: dayOf(Date.UTC(year, 11, 31)) };
  }
  if (day === undefined) {
    return { fromDay: dayOf(Date.UTC(year, monthIndex, 1)), toDay: dayOf(Date.UTC(year, monthIndex + 1, 0)) };
  }
  const only = dayOf(Date.UTC(year, monthIndex, Number.parseInt(day, 10)));
  return { fromDay: only, toDay: only };
}

function relativeDays(text: string, today: number): DayRange[] {
  const found: DayRange[] = [];
  const add = (fromDay: number, toDay = fromDay) => found.push({ fromDay, toDay });
  for (const [, before, after] of text.matchAll(near)) {
    add(today + (before ? -1 : after ? 1 : 0));
  }
  for (const [, count = "", unit = ""] of text.matchAll(ago)) {
    const length = unitDays[unit.toLowerCase()] ?? 1;
    const slack = Math.floor(length / 2);
    const middle = today - length * countNamed(count.toLowerCase());
    add(middle - slack, middle + slack);
  }
  for (const [, before, after, unit = ""] of text.matchAll(relative)) {
    const length = unitDays[unit.toLowerCase()];
    if (length === undefined) {
      add(weekdayBeside(today, unit, after !== undefined));
    } else if (before) {
      add(today - 2 * length + 1, today - 1);
    } else {
      add(after ? today + 1 : today - length + 1, today + length * (after ? 2 : 1) - 1);
    }
  }
  for (const [, name = ""] of text.matchAll(onWeekday)) {
    add(weekdayBeside(today, name, false));
  }
  return found;
}

function countNamed(count: string): number {
  const named = counts.indexOf(count);
  return otherCounts[count] ?? (named >= 0 ? named : Number(count));
}

/** The nearest such weekday after today, or before it. */
function weekdayBeside(today: number, name: string, after: boolean): number {
  const thursday = 4; // 1970-01-01
  const ahead = (weekdays.indexOf(name.toLowerCase()) - ((today + thursday) % 7) + 7) % 7;
  return after ? today + (ahead || 7) : today + ahead - 7;
}
