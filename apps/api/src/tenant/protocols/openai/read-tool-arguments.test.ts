import fc from "fast-check";
import { expect, test } from "vitest";
import { readToolArguments } from "./read-tool-arguments.ts";

const param = "messages[1].tool_calls[0].function.arguments";

test("arguments come out as the object that the model wrote", () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(objects, (text) => {
      expect(readToolArguments(text, param)).toEqual({ value: JSON.parse(text) });
    }),
  );
});

test("no text stands for no arguments", () => {
  expect(readToolArguments("", param)).toEqual({ value: {} });
});

test.each(['{"city": "Os', "null", "[1]", '"Oslo"', "7", "Oslo", " "])(
  "%j is refused by name: it is no JSON object",
  (text) => {
    expect(readToolArguments(text, param)).toMatchObject({ refused: { code: "invalid_request", param } });
  },
);

test("arguments nested so deeply that they could not be written out again are refused", () => {
  const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  expect(readToolArguments(nested(100), param)).toHaveProperty("value");
  expect(readToolArguments(nested(101), param)).toMatchObject({
    refused: { code: "invalid_request", param },
  });
  expect(readToolArguments(nested(100_000), param)).toMatchObject({ refused: { param } });
});
