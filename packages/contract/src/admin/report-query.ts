/** Admin API: how a report is asked for: which time, whose calendar, which calls, grouped by what. */
import { z } from "@hono/zod-openapi";
import { timeZone } from "./tenants.ts";
import { month } from "./usage.ts";

/** What can be filtered by. */
export const filterDimensions = ["tenant", "application", "key", "model", "tier", "status", "wire"] as const;
/** What can be grouped by. */
export const reportDimensions = [...filterDimensions, "day", "hour"] as const;

/** The longest that a report may reach. */
export const longestDays = 400;

function listOf<T extends z.ZodType<string, string>>(item: T) {
  return z
    .string()
    .min(1)
    .transform((text) => text.split(","))
    .pipe(z.array(item).max(100));
}

const filter = listOf(z.string().min(1).max(200))
  .optional()
  .openapi({ type: "string", description: "Only these; several are separated by commas." });

const bound = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .optional()
  .openapi({ type: "string", example: "2026-11-01" });

/** The members that name a window of time and whose calendar it follows. */
const windowMembers = {
  month: month
    .optional()
    .openapi({ description: "The running month, unless a month or `from` and `to` are given." }),
  from: bound.openapi({ description: "A day of the time zone, or an instant." }),
  to: bound.openapi({
    description: "The first day, or instant, that is no longer in it; of the same kind as `from`.",
  }),
  timeZone: timeZone.optional().openapi({
    description: "Whose days, hours and months (IANA). Each tenant's own unless told.",
  }),
};

/** The members that choose calls. */
const filterMembers = {
  tenant: filter,
  application: filter,
  key: filter,
  model: filter,
  tier: filter,
  status: filter,
  wire: filter,
};

interface AskedWindow {
  readonly month?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const isDay = (text: string) => !text.includes("T");

function isWindow({ month: asked, from, to }: AskedWindow): boolean {
  if (from === undefined || to === undefined) {
    return from === to;
  }
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  return asked === undefined && isDay(from) === isDay(to) && days > 0 && days <= longestDays;
}

const windowMessage = `must be given together, both as days or both as instants, without a month, \`from\` first, at most ${longestDays} days apart`;

export const usageReportQuery = z
  .object({
    ...windowMembers,
    ...filterMembers,
    groupBy: listOf(z.enum(reportDimensions))
      .default(["tenant"])
      .openapi({
        type: "string",
        description: `Any of ${reportDimensions.join(", ")}, separated by commas; rows are sorted by them.`,
        example: "tenant,model,day",
      }),
    source: z.enum(["ledger", "cloudwatch"]).default("ledger").openapi({
      description: "`cloudwatch` answers from the metrics, by tenant, model, day and hour.",
    }),
  })
  .refine(isWindow, { path: ["from"], message: windowMessage });

export const moversQuery = z
  .object({
    ...windowMembers,
    ...filterMembers,
    by: z.enum(filterDimensions).default("model"),
    limit: z.coerce.number().int().min(1).max(100).default(10),
  })
  .refine(isWindow, { path: ["from"], message: windowMessage });

export const forecastQuery = z.object({ tenant: filter });

export const focusQuery = z.object({
  month: month.optional().openapi({ description: "The running month (UTC) unless told." }),
  tenant: filter,
});
