import fc from "fast-check";
import { expect, test } from "vitest";
import { summaryParts, type ToldMessage } from "./summary-parts.ts";

const count = (told: readonly ToldMessage[]) => told.reduce((sum, { text }) => sum + text.length, 0);
const limitsOf = (partTokens: number, mostParts: number) => ({
  partTokens,
  mostPartTokens: partTokens,
  mostParts,
});
const message = fc.record({
  role: fc.constantFrom("user", "assistant"),
  text: fc.string({ unit: "grapheme", maxLength: 200 }),
});

test("all of it is told once, in its order, in parts within the limit, and no pair of surrogates is split", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 2, max: 100 }), (told, most) => {
      const { parts, leftOutTokens } = summaryParts(told, limitsOf(most, 10_000), count);
      expect(leftOutTokens).toBe(0);
      for (const part of parts) {
        expect(count(part)).toBeLessThanOrEqual(most);
        expect(part.some(({ text }) => /\p{Surrogate}/u.test(text))).toBe(false);
      }
      const all = parts.flat();
      for (const role of ["user", "assistant"]) {
        const textOf = (messages: readonly ToldMessage[]) =>
          messages.flatMap((one) => (one.role === role ? [one.text] : [])).join("");
        expect(textOf(all)).toBe(textOf(told));
      }
    }),
    { numRuns: 2_000 },
  );
});

test("what fits is one part", () => {
  const told = [{ role: "user", text: "Hello." }];
  expect(summaryParts(told, limitsOf(6, 16), count)).toEqual({ parts: [told], leftOutTokens: 0 });
});

test("parts grow before there are more than may be", () => {
  const told = Array.from({ length: 50 }, (_, index) => ({ role: "user", text: `${index}`.padEnd(10, ".") }));
  const { parts, leftOutTokens } = summaryParts(
    told,
    { partTokens: 10, mostPartTokens: 1_000, mostParts: 8 },
    count,
  );
  expect(leftOutTokens).toBe(0);
  expect(parts.length).toBeLessThanOrEqual(8);
  expect(parts.flat()).toEqual(told);
});

test("of what is longer than all parts the beginning and the end are told, within the limits, and where something is missing", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 4, max: 30 }),
      fc.integer({ min: 2, max: 6 }),
      (told, most, mostParts) => {
        const { parts, leftOutTokens } = summaryParts(told, limitsOf(most, mostParts), count);
        expect(parts.length).toBeLessThanOrEqual(mostParts);
        const whole = told.map(({ text }) => text).join("");
        const all = parts.flat();
        const gap = all.findIndex(({ text }) => text.startsWith("[About "));
        if (leftOutTokens === 0) {
          expect(all.map(({ text }) => text).join("")).toBe(whole);
          return;
        }
        const textOf = (some: readonly ToldMessage[]) => some.map(({ text }) => text).join("");
        expect(all[gap]?.text).toContain(`${leftOutTokens} tokens`);
        expect(whole.startsWith(textOf(all.slice(0, gap)))).toBe(true);
        expect(whole.endsWith(textOf(all.slice(gap + 1)))).toBe(true);
        expect(textOf(all)).not.toMatch(/\p{Surrogate}/u);
        for (const part of parts) {
          expect(count(part.filter((one) => one !== all[gap]))).toBeLessThanOrEqual(most);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
