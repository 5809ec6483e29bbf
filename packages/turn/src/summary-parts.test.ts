import fc from "fast-check";
import { expect, test } from "vitest";
import { summaryParts, type ToldMessage } from "./summary-parts.ts";

const count = (told: readonly ToldMessage[]) => told.reduce((sum, { text }) => sum + text.length, 0);
const message = fc.record({
  role: fc.constantFrom("user", "assistant"),
  text: fc.string({ unit: "grapheme", maxLength: 200 }),
});

test("all of it is told once, in its order, in parts within the limit, and no pair of surrogates is split", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 2, max: 100 }), (told, most) => {
      const parts = summaryParts(told, most, count);
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
  expect(summaryParts(told, 6, count)).toEqual([told]);
});
