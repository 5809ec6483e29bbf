/** For tests: what nobody should send, for a path, a query, a header or any place of a body. */
import fc from "fast-check";
import { type Json, rule } from "./admin-bodies.ts";

export const oddText = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\u0000",
    "\ud800",
    "__proto__",
    "-1",
    "1e400",
    "9".repeat(40),
    "NaN",
    "0001-01-01",
    "9999-12-31",
    "2026-13-01",
    "2099-12",
    "2026-11-22T12:00:00Z",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "+05:30",
    "Europe/Berlin",
    "../../..",
    "a,b,,c",
    "day,hour,tenant",
    "cloudwatch",
    "eyJhIjoxfQ",
    "bnVsbA",
    "platform",
    "x".repeat(5_000),
  ),
  fc.string({ unit: "binary", maxLength: 30 }),
);
export const oddValue: fc.Arbitrary<Json> = fc.oneof(
  oddText,
  fc.constantFrom<Json[]>(
    null,
    true,
    -1,
    0,
    0.1,
    1e21,
    1e-9,
    Number.MAX_SAFE_INTEGER,
    [],
    {},
    [null],
    { __proto__: "x", constructor: 1 },
    Array.from({ length: 200 }, () => rule),
  ),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
);

/** As it can stand in a URL. */
export function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** Puts something odd where one member of a body stands, or takes it away. */
export function withOdd(value: Json, path: readonly number[], odd: Json | undefined): Json | undefined {
  const [step = 0, ...rest] = path;
  if (typeof value !== "object" || value === null || path.length === 0) {
    return odd;
  }
  const names = Object.keys(value);
  const name = names[step % Math.max(1, names.length)];
  if (name === undefined) {
    return odd;
  }
  const changed = withOdd((value as Record<string, Json>)[name] ?? null, rest, odd);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      String(index) !== name ? [item] : changed === undefined ? [] : [changed],
    );
  }
  const { [name]: _, ...others } = value as Record<string, Json>;
  return changed === undefined ? others : { ...others, [name]: changed };
}
