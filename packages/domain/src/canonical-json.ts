/** JSON in one form only, so that equal values give equal text and its hash can be computed again by anyone. */

/**
 * As RFC 8785 has it: members in the order of their names, without spaces. Absent members are left out, and a bigint is
 * its decimal digits in quotes.
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
