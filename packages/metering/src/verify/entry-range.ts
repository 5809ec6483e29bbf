/** Which stretch of time a verification looks at. */
import type { Tenant } from "@caprock/domain";
import { monthWindow } from "../windows.ts";
import type { VerifyScope } from "./verify-parts.ts";

interface Range {
  readonly startMs: number;
  /** The first instant that is no longer in it. */
  readonly endMs: number;
}

type Asked = Pick<VerifyScope, "month" | "startMs" | "endMs">;

/** Of a tenant's entries: the month of its own time zone where one was asked for, else everything. */
export function entryRange({ timeZone }: Pick<Tenant, "timeZone">, asked: Asked): Range {
  return asked.month === undefined ? asked : monthWindow(asked.month, timeZone);
}

/** Of what knows no tenants' time zones. */
export function utcMonthRange(asked: Asked): Range {
  return entryRange({ timeZone: "UTC" }, asked);
}
