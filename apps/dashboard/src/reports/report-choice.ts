/** What a report was asked for, kept in the page's address so that it can be shared and comes back. */
import type { ReportQuery } from "../api/report-queries.ts";

/** What rows can be grouped by, in the words of the API and of the page. */
export const dimensions = [
  { value: "tenant", label: "Tenant" },
  { value: "application", label: "Application" },
  { value: "key", label: "Key" },
  { value: "model", label: "Model" },
  { value: "tier", label: "Tier" },
  { value: "status", label: "Status" },
  { value: "day", label: "Day" },
  { value: "hour", label: "Hour" },
] as const;
export type Dimension = (typeof dimensions)[number]["value"];

/** What a report can be narrowed to. */
export const filters = ["tenant", "application", "key", "model", "tier", "status"] as const;
export type Filter = (typeof filters)[number];

export interface ReportChoice {
  readonly groupBy: readonly Dimension[];
  /** Undefined for the running month, or where days are named. */
  readonly month: string | undefined;
  /** The first and the last day, both in it; undefined where a month is meant. */
  readonly days: { readonly first: string; readonly last: string } | undefined;
  readonly timeZone: string | undefined;
  readonly source: "ledger" | "cloudwatch";
  readonly only: Readonly<Partial<Record<Filter, readonly string[]>>>;
}

/** Reads the address; what makes no sense in it counts as not said. */
export function choiceOf(address: URLSearchParams): ReportChoice {
  const said = (name: string) => address.get(name) ?? undefined;
  const groupBy = (said("groupBy") ?? "tenant,model")
    .split(",")
    .flatMap((name) => dimensions.find(({ value }) => value === name)?.value ?? []);
  const [first, last] = [said("first"), said("last")];
  return {
    // The API groups by something.
    groupBy: groupBy.length > 0 ? groupBy : ["tenant"],
    month: said("month"),
    days: first !== undefined && last !== undefined ? { first, last } : undefined,
    timeZone: said("timeZone"),
    source: said("source") === "cloudwatch" ? "cloudwatch" : "ledger",
    only: Object.fromEntries(
      filters.flatMap((filter) => {
        const values = address.getAll(filter);
        return values.length > 0 ? [[filter, values]] : [];
      }),
    ),
  };
}

/** The address that `choiceOf` reads back. */
export function addressOf({ groupBy, month, days, timeZone, source, only }: ReportChoice): URLSearchParams {
  const address = new URLSearchParams({ groupBy: groupBy.join(",") });
  const say = (name: string, value: string | undefined) => value !== undefined && address.set(name, value);
  say("month", month);
  say("first", days?.first);
  say("last", days?.last);
  say("timeZone", timeZone);
  say("source", source === "cloudwatch" ? source : undefined);
  for (const filter of filters) {
    for (const value of only[filter] ?? []) {
      address.append(filter, value);
    }
  }
  return address;
}

/** The choice as the API is asked. Its `to` is the first day that is no longer in the report. */
export function queryOf({ groupBy, month, days, timeZone, source, only }: ReportChoice): ReportQuery {
  return {
    groupBy: groupBy.join(","),
    ...(days ? { from: days.first, to: dayAfter(days.last) } : { month }),
    timeZone,
    source,
    ...Object.fromEntries(filters.map((filter) => [filter, only[filter]?.join(",")])),
  };
}

/** "2026-12-01" for "2026-11-30". */
function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
