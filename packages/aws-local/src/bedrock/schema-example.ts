/** A small value that satisfies a JSON schema: what the simulated model calls a tool with. */

type Schema = Readonly<Record<string, unknown>>;

const formats: Readonly<Record<string, string>> = {
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  time: "00:00:00Z",
  email: "someone@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  uri: "https://example.com",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/**
 * Builds the least value: required members only, shortest arrays. `pattern` is not followed; everything else a
 * tool schema commonly says is.
 */
export function schemaExample(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isSchema(schema) || depth > 20) {
    return {};
  }
  if (typeof schema.$ref === "string") {
    return schemaExample(resolve(root, schema.$ref), root, depth + 1);
  }
  const fixed = [schema.const, schema.default, firstOf(schema.enum), firstOf(schema.examples)];
  const known = fixed.find((value) => value !== undefined);
  if (known !== undefined) {
    return known;
  }
  const choice = firstOf(schema.anyOf) ?? firstOf(schema.oneOf);
  if (choice !== undefined) {
    return schemaExample(choice, root, depth + 1);
  }
  if (Array.isArray(schema.allOf)) {
    return Object.assign({}, ...schema.allOf.map((part) => schemaExample(part, root, depth + 1)));
  }
  return ofType(schema, root, depth);
}

function ofType(schema: Schema, root: unknown, depth: number): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "string": {
      const text = formats[String(schema.format)] ?? "example";
      return text
        .padEnd(Number(schema.minLength ?? 0), "e")
        .slice(0, Number(schema.maxLength ?? text.length + 1e6));
    }
    case "integer":
    case "number":
      return numberFor(schema, type === "integer");
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return Array.from({ length: Number(schema.minItems ?? 0) }, () =>
        schemaExample(schema.items, root, depth + 1),
      );
    default: {
      const properties = isSchema(schema.properties) ? schema.properties : {};
      const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
      return Object.fromEntries(
        required.map((name) => [name, schemaExample(properties[name], root, depth + 1)]),
      );
    }
  }
}

function numberFor(schema: Schema, whole: boolean): number {
  const step = typeof schema.multipleOf === "number" ? schema.multipleOf : whole ? 1 : 0;
  const above = typeof schema.exclusiveMinimum === "number" ? schema.exclusiveMinimum : undefined;
  const below = typeof schema.exclusiveMaximum === "number" ? schema.exclusiveMaximum : undefined;
  const least = typeof schema.minimum === "number" ? schema.minimum : above;
  const most = typeof schema.maximum === "number" ? schema.maximum : below;
  if (step > 0) {
    const wanted = least ?? Math.min(step, most ?? step);
    const value = least === undefined ? Math.floor(wanted / step) * step : Math.ceil(wanted / step) * step;
    return value === above ? value + step : value === below ? value - step : value;
  }
  const low = least ?? (most === undefined ? 0 : most - 2);
  return above === undefined && below === undefined ? low : (low + (most ?? low + 2)) / 2;
}

function resolve(root: unknown, reference: string): unknown {
  return reference
    .replace(/^#\/?/, "")
    .split("/")
    .filter((name) => name !== "")
    .reduce<unknown>((at, name) => (isSchema(at) ? at[name] : undefined), root);
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
