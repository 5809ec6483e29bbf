import { expect, test } from "vitest";
import { passagesOf } from "./passages.ts";
import { wordsOf } from "./words.ts";

const form = (text: string) => wordsOf(text).join(" ");

test.each([
  ["running runs ran", "run"],
  ["went goes gone", "go"],
  ["cities city", "citi"],
  ["danced dancing dances", "danc"],
  ["children child's kids", "child"],
  ["twelve 12 12th", "12"],
  ["photographs photo pictures", "photo"],
])('"%s" are one word', (text, expected) => {
  expect([...new Set(wordsOf(text))]).toHaveLength(1);
  expect(wordsOf(text)[0]).toBe(expected);
});

test("words of other scripts are kept whole or cut into pairs, Han characters also one by one; accents fall", () => {
  expect(form("Crème brûlée")).toBe("crem brule");
  expect(form("доставку платит")).toBe("доставку платит");
  expect(form("हिन्दी")).toBe("हिन्दी");
  expect(wordsOf("修理できます")).toEqual(["修", "理", "修理", "理で", "でき", "きま", "ます"]);
  expect(wordsOf("iPhone手机壳")).toEqual(["iphon", "手", "机", "壳", "手机", "机壳"]);
});

test("a long text is cut into passages that together are the text; a short one stays whole", () => {
  for (const text of [
    "Short.",
    "One sentence of many words. ".repeat(400),
    "x".repeat(9_000),
    "裂缝。".repeat(2_000),
  ]) {
    const passages = passagesOf(text);
    expect(passages.join("")).toBe(text);
    expect(Math.max(...passages.map((passage) => passage.length))).toBeLessThanOrEqual(1_800);
  }
  expect(passagesOf("Short.")).toEqual(["Short."]);
});
