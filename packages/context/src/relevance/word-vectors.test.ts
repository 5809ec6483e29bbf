import { expect, test } from "vitest";
import { wordForm } from "./word-forms.ts";
import { rowsNear, vectorRow } from "./word-vectors.ts";

function cosine(one: string, other: string): number | undefined {
  const [from, to] = [vectorRow(wordForm(one)), vectorRow(wordForm(other))];
  return from === undefined || to === undefined ? undefined : rowsNear(from, [to], -1)[0]?.[1];
}

test("words of one meaning are nearer than words that share none", () => {
  for (const [asked, answering, other] of [
    ["instrument", "cello", "bicycle"],
    ["skeptical", "doubts", "breakfast"],
    ["spouse", "husband", "engine"],
    ["lecture", "class", "kitten"],
  ] as const) {
    expect(cosine(asked, answering)).toBeGreaterThan(0.35);
    expect(cosine(asked, other)).toBeLessThan(0.3);
  }
});

test("a word is nearest to itself, and nearness has no direction", () => {
  expect(cosine("guitar", "guitars")).toBeCloseTo(1);
  expect(cosine("guitar", "music")).toBeCloseTo(cosine("music", "guitar") ?? Number.NaN);
});

test("a word that the table does not know has no vector", () => {
  expect(vectorRow("blorptang")).toBeUndefined();
});

test("every row of the table is whole", () => {
  const rows = Array.from({ length: 15_000 }, (_, row) => row);
  for (const [, likeness] of rowsNear(vectorRow("music") ?? -1, rows, -2)) {
    expect(Math.abs(likeness)).toBeLessThanOrEqual(1.0001);
  }
});
