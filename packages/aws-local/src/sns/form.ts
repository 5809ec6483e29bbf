/** Reads the form-encoded parameters of the AWS query protocol. */

/** The entries of a list or map parameter: for "Tags.member", each entry's own parameters by the rest of their name. */
export function entriesOf(form: URLSearchParams, name: string): Map<string, string>[] {
  const entries: Map<string, string>[] = [];
  for (const [key, value] of form) {
    const [, position, rest = ""] = key.startsWith(`${name}.`)
      ? (/^(\d{1,4})(?:\.(.*))?$/.exec(key.slice(name.length + 1)) ?? [])
      : [];
    if (position !== undefined) {
      const index = Number(position) - 1;
      entries[index] = (entries[index] ?? new Map()).set(rest, value);
    }
  }
  return entries.filter((entry) => entry !== undefined);
}
