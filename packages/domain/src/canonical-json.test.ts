import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

test("the order of members, and absent ones, make no difference; anything else does", () => {
  expect(canonicalJson({ b: [1n, { d: undefined, c: "x" }], a: null })).toBe(
    '{"a":null,"b":["1",{"c":"x"}]}',
  );
  expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: 1n }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string())), (members) => {
      const reversed = Object.fromEntries(Object.entries(members).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(members));
    }),
  );
});

test("its form is that of RFC 8785: names sorted, no spaces, amounts as strings", () => {
  expect(canonicalJson({ b: [1, null, { z: true, a: "ü\n" }], "10": 1n, "2": -0.5, a: undefined })).toBe(
    '{"10":"1","2":-0.5,"b":[1,null,{"a":"ü\\n","z":true}]}',
  );
});
