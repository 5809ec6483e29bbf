import { expect, test } from "vitest";
import { percentsOf, shownPercents } from "./percents.ts";

test("percentages are read as they are shown, and however people set them apart", () => {
  expect(percentsOf(shownPercents([50, 80, 100]))).toEqual([50, 80, 100]);
  expect(percentsOf(" 80 %; 100% ")).toEqual([80, 100]);
  expect(percentsOf("")).toEqual([]);
});

test("what is no whole number is left for the API to refuse, not passed over", () => {
  expect(percentsOf("80, most")).toEqual([80, Number.NaN]);
  expect(percentsOf("-5 1.5")).toEqual([Number.NaN, Number.NaN]);
});
