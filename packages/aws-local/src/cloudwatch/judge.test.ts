import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AlarmState, judge, missingDataRules } from "./judge.ts";

/** As the CloudWatch user guide writes them, oldest first: 0 within the threshold, X breaching, - missing. */
const read = (text: string) =>
  text
    .split(" ")
    .map((one) => (one === "-" ? undefined : one === "X"))
    .reverse();

const keeps = undefined;
const none: AlarmState = "INSUFFICIENT_DATA";

/** The rules in the order of the guide's columns. */
const rules = ["missing", "ignore", "breaching", "notBreaching"] as const;

describe("missing data is treated as the tables of the CloudWatch user guide say", () => {
  test.each<[string, ...(AlarmState | undefined)[]]>([
    ["0 - X - X", "OK", "OK", "OK", "OK"],
    ["- - - - 0", "OK", "OK", "OK", "OK"],
    ["- - - - -", none, keeps, "ALARM", "OK"],
    ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["- - X - -", "ALARM", keeps, "ALARM", "OK"],
  ])("3 out of 3: %s", (points, ...expected) => {
    expect(rules.map((rule) => judge(read(points), 3, 3, rule))).toEqual(expected);
  });

  test.each<[string, ...(AlarmState | undefined)[]]>([
    ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 - X - -", "OK", "OK", "ALARM", "OK"],
    ["- - - - 0", "OK", "OK", "ALARM", "OK"],
    ["- - - X -", "ALARM", keeps, "ALARM", "OK"],
  ])("2 out of 3: %s", (points, ...expected) => {
    expect(rules.map((rule) => judge(read(points), 3, 2, rule))).toEqual(expected);
  });
});

test("with all data there, the last datapoints alone decide, whatever the rule for missing ones", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...missingDataRules),
      (points, needed, rule) => {
        const expected = points.slice(0, 5).filter(Boolean).length >= needed ? "ALARM" : "OK";
        return judge(points, 5, needed, rule) === expected;
      },
    ),
  );
});
