import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { schemaExample } from "./schema-example.ts";

/** Schemas as zod writes them, with the validator that judges the example. */
const leaf = fc.constantFrom<z.ZodType>(
  z.string(),
  z.string().min(12),
  z.string().max(3),
  z.email(),
  z.uuid(),
  z.boolean(),
  z.null(),
  z.number(),
  z.number().min(3).max(3.5),
  z.number().gt(2).lt(2.5),
  z.number().lt(-7),
  z.int().min(5),
  z.int().gt(4).lt(6),
  z.int().max(-3),
  z.int().multipleOf(4).min(5),
  z.enum(["red", "green"]),
  z.literal(42),
  z.union([z.string(), z.number()]),
);
const schemas = fc.letrec<{ schema: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    leaf,
    tie("schema").map((one) => z.array(one).min(2)),
    fc
      .dictionary(fc.string({ minLength: 1 }), tie("schema"), { maxKeys: 4, noNullPrototype: true })
      .map((shape) => z.object(shape)),
    tie("schema").map((one) => z.object({ maybe: one.optional() })),
  ),
})).schema;

test("the example satisfies the schema it was made for", () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      const result = schema.safeParse(schemaExample(z.toJSONSchema(schema)));
      expect(result.error).toBeUndefined();
    }),
  );
});

test("references within the schema are followed, and one to itself ends", () => {
  const schema = {
    type: "object",
    required: ["city"],
    properties: { city: { $ref: "#/$defs/city" } },
    $defs: { city: { type: "string", enum: ["Bonn"] }, loop: { $ref: "#/$defs/loop" } },
  };
  expect(schemaExample(schema)).toEqual({ city: "Bonn" });
  expect(schemaExample({ ...schema, properties: { city: { $ref: "#/$defs/loop" } } })).toEqual({ city: {} });
});
