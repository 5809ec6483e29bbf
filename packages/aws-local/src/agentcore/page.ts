/** One page of a list, with an opaque token for the next. */
import { AgentCoreError } from "./errors.ts";

interface Asked {
  readonly maxResults: number;
  readonly nextToken?: string | undefined;
}

/** The token is the key of the last item of a page, so that deletions between pages skip nothing. */
export function pageOf<T>(all: readonly T[], keyOf: (one: T) => string, { maxResults, nextToken }: Asked) {
  let start = 0;
  if (nextToken !== undefined) {
    const [place, ...key] = Buffer.from(nextToken, "base64url").toString().split(" ");
    const known = all.findIndex((one) => keyOf(one) === key.join(" "));
    const index = Number(place);
    if (!Number.isSafeInteger(index) || index < 1) {
      throw new AgentCoreError("ValidationException", "nextToken: not a token of this operation.");
    }
    start = known >= 0 ? known + 1 : Math.max(0, index - 1);
  }
  const items = all.slice(start, start + maxResults);
  const end = start + items.length;
  const last = items.at(-1);
  return {
    items,
    ...(end < all.length && last !== undefined
      ? { nextToken: Buffer.from(`${end} ${keyOf(last)}`).toString("base64url") }
      : {}),
  };
}
