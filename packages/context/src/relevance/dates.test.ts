import { expect, test } from "vitest";
import { dayOf, daysIn } from "./dates.ts";
import { dayOfTimestamp } from "./message.ts";

const day = (iso: string) => dayOf(Date.parse(iso));
const range = (from: string, to = from) => ({ fromDay: day(from), toDay: day(to) });
/** A Wednesday. */
const said = day("2023-05-10");

test.each([
  ["on 7 May 2023", range("2023-05-07")],
  ["May 7th, 2023", range("2023-05-07")],
  ["the 7th of May", range("2023-05-07")],
  ["2023-05-07", range("2023-05-07")],
  ["2023-05-07T10:20:30Z", range("2023-05-07")],
  ["2023-05-07 GET /a\n2023-05-07 GET /b\n7 May 2023", range("2023-05-07")],
  ["2023年5月7日の夜", range("2023-05-07")],
  ["5月7号见", range("2023-05-07")],
  ["在2024年2月", range("2024-02-01", "2024-02-29")],
  ["2022年", range("2022-01-01", "2022-12-31")],
  ["in February 2024", range("2024-02-01", "2024-02-29")],
  ["in May", range("2023-05-01", "2023-05-31")],
  ["during 2022", range("2022-01-01", "2022-12-31")],
  ["yesterday", range("2023-05-09")],
  ["last Friday", range("2023-05-05")],
  ["last Wednesday", range("2023-05-03")],
  ["next Monday", range("2023-05-15")],
  ["three days ago", range("2023-05-07")],
  ["a week ago", range("2023-04-30", "2023-05-06")],
])('"%s" names its days', (text, expected) => {
  expect(daysIn(text, said, [2023])).toEqual([expected]);
});

test("a text without a date, a verb that is a month, and an impossible count name none", () => {
  for (const text of [
    "You may come in",
    "I march on",
    "We met 3 friends",
    "he ran 1995 metres",
    "3个月",
    "120月13",
  ]) {
    expect(daysIn(text, said, [2023])).toEqual([]);
  }
});

test("without its own day a text names only absolute days", () => {
  expect(daysIn("yesterday, or on 2 June 2023", undefined, [])).toEqual([range("2023-06-02")]);
});

test("timestamps of every form give their day in UTC, and nonsense gives none", () => {
  const forms = [
    "2023-05-07T23:30:00",
    "2023-05-08T01:30:00+02:00",
    "7 May, 2023",
    "2023/5/7 (Sun) 02:21",
    "2023年5月7日 02:21",
    Date.UTC(2023, 4, 7, 12),
  ];
  expect(forms.map(dayOfTimestamp)).toEqual(forms.map(() => day("2023-05-07")));
  expect([dayOfTimestamp("soon"), dayOfTimestamp(Number.NaN), dayOfTimestamp(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
