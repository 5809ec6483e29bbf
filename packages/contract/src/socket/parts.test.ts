import fc from "fast-check";
import { expect, test } from "vitest";
import { type MessagePart, messagePart } from "./messages.ts";
import { longestTextBytes, PartsInMemory, textsOf } from "./parts.ts";

test("a message of any length and any characters arrives whole, in texts that API Gateway takes, in any order and twice", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 1, max: 997 }),
      (text, times, stride) => {
        const message = { type: "x", text: text.repeat(times) };
        const texts = textsOf(message, () => "m1");
        expect(texts.every((one) => Buffer.byteLength(one) <= longestTextBytes)).toBe(true);
        if (texts.length === 1) {
          expect(JSON.parse(texts[0]!)).toEqual(message);
          return;
        }
        const parts = new PartsInMemory();
        const arrivals = [...texts, texts[0]!].map((_, index) => texts[(index * stride) % texts.length]!);
        const missing = texts.filter((one) => !arrivals.includes(one));
        const wholes = [...arrivals, ...missing].flatMap(
          (one) => parts.add(messagePart.parse(JSON.parse(one)) as MessagePart) ?? [],
        );
        expect(JSON.parse(wholes[0]!)).toEqual(message);
      },
    ),
    { numRuns: 100 },
  );
});
