/** JSON in one form only, so that its hash can be computed again by anyone: RFC 8785. */

/**
 * Writes members sorted by name and without spaces. Bigints are written as decimal strings, and members that are
 * undefined are left out.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "bigint") {
    return `"${value}"`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(",")}]`;
  }
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}
