/** Writes a value so that equal values give equal text. */

/**
 * JSON with the members of objects in the order of their names and without absent ones; a bigint as its decimal
 * digits in quotes. Meant for hashing what is read back from a store that keeps no order.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "bigint") {
    return `"${value}"`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
