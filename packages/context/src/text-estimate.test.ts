import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { heldOutTexts } from "./testing/held-out-texts.ts";
import { textSamples } from "./testing/text-samples.ts";
import { estimateMilliTokens } from "./text-estimate.ts";

test.each(textSamples)("$name: within 12 % of o200k's exact count", ({ text, o200kTokens }) => {
  expect(Math.abs(estimateMilliTokens(text) / 1000 / o200kTokens - 1)).toBeLessThan(0.12);
});

test.each(heldOutTexts())(
  "$name: the mean error is at most 6 % on texts that the fit had not seen",
  ({ chunks }) => {
    const errors = chunks.map((chunk) =>
      Math.abs(estimateMilliTokens(chunk) / 1000 / countTokens(chunk) - 1),
    );
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThanOrEqual(0.06);
  },
);

test("a text never costs less than its beginning", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.nat(60), (text, length) => {
      expect(estimateMilliTokens(text.slice(0, length))).toBeLessThanOrEqual(estimateMilliTokens(text));
    }),
    { numRuns: 2000 },
  );
});
