/** What every operation of Session Management is given, and how its lists are paged. */
import { z } from "zod";
import type { RestOperation } from "../rest-json.ts";
import { check, SessionsError } from "./errors.ts";
import type { State } from "./state.ts";

export interface SessionsParts {
  readonly state: State;
  readonly nowMs: () => number;
  readonly arnPrefix: string;
}

export type Operation = RestOperation<SessionsParts>;

export const uuid = z.string().regex(/^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/);
/** Seconds have fractions on AWS's wire too. */
export const isoTime = z.iso.datetime();

const pageQuery = z.object({
  maxResults: z.coerce.number().int().min(1).max(1_000).default(10),
  nextToken: z.string().min(1).max(2_048).optional(),
});

/** One page; the token for the next is the key of this one's last item. */
export function pageOf<T>(all: readonly T[], idOf: (one: T) => string, query: URLSearchParams) {
  const { maxResults, nextToken } = check(pageQuery, Object.fromEntries(query));
  const last = nextToken === undefined ? -1 : all.findIndex((one) => idOf(one) === nextToken);
  if (nextToken !== undefined && last < 0) {
    throw new SessionsError("ValidationException", "nextToken: not a token of this operation.");
  }
  const items = all.slice(last + 1, last + 1 + maxResults);
  const end = items.at(-1);
  return {
    items,
    ...(end !== undefined && end !== all.at(-1) ? { nextToken: idOf(end) } : {}),
  };
}

export function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
