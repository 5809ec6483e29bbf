/** Forecasts what a tenant will have spent by the end of its month, and when its cap will be used up. */
import type { NanoUsd, Tenant } from "@caprock/domain";
import { DateTime } from "luxon";
import { monthlyCap } from "../limits.ts";
import { windowAt } from "../windows.ts";
import { type CellParts, listCells } from "./list-cells.ts";
import { type Continuation, continueSeries, type ForecastMethod, leastHours } from "./seasonal-trend.ts";
import { hourMs, startOf } from "./usage-cell.ts";
import { costOfCell } from "./usage-figures.ts";

/** Longer ago says little of next week. */
const historyMs = 8 * 7 * 24 * hourMs;

/** Eight of ten outcomes of a normal distribution are within as many standard errors of its mean. */
const errorsOfRange = 1.2816;

export interface SpendForecast {
  readonly month: string;
  readonly endMs: number;
  readonly capNanoUsd: NanoUsd;
  /** By the ledger, from the start of the month to now. */
  readonly spentNanoUsd: NanoUsd;
  /** Absent while there is less than a day of history. */
  readonly outlook?: SpendOutlook;
  /** Whole hours of traffic there are to go by, and that are needed. */
  readonly historyHours: number;
  readonly neededHours: number;
}

export interface SpendOutlook {
  readonly method: ForecastMethod;
  /** At the end of the month, to the micro-dollar; 8 of 10 outcomes are expected from `lowNanoUsd` to `highNanoUsd`. */
  readonly costNanoUsd: NanoUsd;
  readonly lowNanoUsd: NanoUsd;
  readonly highNanoUsd: NanoUsd;
  /** When the spend reaches the cap within the month; absent where it does not. */
  readonly exhaustedAtMs?: number;
  /** The same if spend turns out high, and if it turns out low. */
  readonly earliestExhaustedAtMs?: number;
  readonly latestExhaustedAtMs?: number;
}

/** By the running month of the tenant's time zone; see `continueSeries` for the method. Refused calls spend nothing. */
export async function forecastSpend(tenant: Tenant, nowMs: number, parts: CellParts): Promise<SpendForecast> {
  const month = windowAt("month", nowMs, tenant.timeZone);
  const thisHourMs = startOf(nowMs, hourMs);
  const historyFromMs = thisHourMs - historyMs;
  const hourly = new Map<number, number>();
  let spentNanoUsd = 0n;
  const range = { startMs: Math.min(month.startMs, historyFromMs), endMs: nowMs };
  for await (const cell of listCells(tenant.id, range, parts)) {
    const costNanoUsd = costOfCell(cell);
    spentNanoUsd += cell.startMs >= month.startMs ? costNanoUsd : 0n;
    const hour = startOf(cell.startMs, hourMs);
    if (historyFromMs <= hour && hour < thisHourMs) {
      hourly.set(hour, (hourly.get(hour) ?? 0) + Number(costNanoUsd));
    }
  }
  const firstMs = hourly.size === 0 ? thisHourMs : Math.min(...hourly.keys());
  const values = Array.from(
    { length: (thisHourMs - firstMs) / hourMs },
    (_, index) => hourly.get(firstMs + index * hourMs) ?? 0,
  );
  const continuation = continueSeries(values, (index) =>
    hourOfWeek(firstMs + index * hourMs, tenant.timeZone),
  );
  const capNanoUsd = monthlyCap(tenant, nowMs).amount;
  return {
    month: month.label,
    endMs: month.endMs,
    capNanoUsd,
    spentNanoUsd,
    ...(continuation && {
      outlook: outlookOf(continuation, { firstMs, nowMs, endMs: month.endMs, spentNanoUsd, capNanoUsd }),
    }),
    historyHours: values.length,
    neededHours: leastHours,
  };
}

interface Course {
  readonly firstMs: number;
  readonly nowMs: number;
  readonly endMs: number;
  readonly spentNanoUsd: NanoUsd;
  readonly capNanoUsd: NanoUsd;
}

/** The spend of a course at the end of an hour, less the cap; and the hour before it. */
type Crossing = { reachedMs?: number; beforeMs: number; before: number };

function outlookOf(
  continuation: Continuation,
  { firstMs, nowMs, endMs, spentNanoUsd, capNanoUsd }: Course,
): SpendOutlook {
  const spent = Number(spentNanoUsd);
  const cap = Number(capNanoUsd);
  const courses = { middle: spent, low: spent, high: spent };
  const start = (): Crossing => ({
    beforeMs: nowMs,
    before: spent,
    ...(spent >= cap && { reachedMs: nowMs }),
  });
  const crossings = { middle: start(), low: start(), high: start() };
  for (let fromMs = nowMs; fromMs < endMs; ) {
    const hour = startOf(fromMs, hourMs);
    const toMs = Math.min(endMs, hour + hourMs);
    courses.middle += (continuation.expected((hour - firstMs) / hourMs) * (toMs - fromMs)) / hourMs;
    const error = errorsOfRange * continuation.errorOfNext((toMs - nowMs) / hourMs);
    // Nothing is spent backwards, however wide the range.
    courses.low = Math.max(courses.low, courses.middle - error);
    courses.high = Math.max(courses.high, courses.middle + error);
    for (const name of ["middle", "low", "high"] as const) {
      noteCrossing(crossings[name], courses[name], toMs, cap);
    }
    fromMs = toMs;
  }
  return {
    method: continuation.method,
    costNanoUsd: toMicroUsd(courses.middle),
    lowNanoUsd: toMicroUsd(courses.low),
    highNanoUsd: toMicroUsd(courses.high),
    ...present("exhaustedAtMs", crossings.middle.reachedMs),
    ...present("earliestExhaustedAtMs", crossings.high.reachedMs),
    ...present("latestExhaustedAtMs", crossings.low.reachedMs),
  };
}

/** Within an hour the spend is taken to grow evenly. */
function noteCrossing(crossing: Crossing, value: number, atMs: number, cap: number): void {
  if (crossing.reachedMs === undefined && value >= cap) {
    const part = (cap - crossing.before) / (value - crossing.before);
    crossing.reachedMs = Math.round(crossing.beforeMs + part * (atMs - crossing.beforeMs));
  }
  crossing.before = value;
  crossing.beforeMs = atMs;
}

function present<Name extends string>(name: Name, value: number | undefined): { [K in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: number };
}

/** A forecast is no exact figure; digits below the micro-dollar would be those of floating point. */
function toMicroUsd(nanoUsd: number): NanoUsd {
  return BigInt(Math.round(nanoUsd / 1_000)) * 1_000n;
}

function hourOfWeek(instantMs: number, timeZone: string): number {
  const local = DateTime.fromMillis(instantMs, { zone: timeZone });
  return (local.weekday - 1) * 24 + local.hour;
}
