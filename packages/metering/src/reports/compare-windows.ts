/** Top movers: what grew and what shrank most against the window before. */
import type { NanoUsd, Refusal } from "@caprock/domain";
import {
  queryUsage,
  type ReportedTenant,
  type UsageDimension,
  type UsageFilter,
  type UsageParts,
  type UsageRow,
} from "./query-usage.ts";
import { type ReportWindow, rangeOf, windowBefore } from "./report-window.ts";

export interface MoversQuery {
  readonly window: ReportWindow;
  /** Whose days and months; each tenant's own when absent. */
  readonly timeZone?: string | undefined;
  readonly by: Exclude<UsageDimension, "day" | "hour">;
  readonly filter?: UsageFilter | undefined;
  /** How many to name. */
  readonly limit: number;
  /** A window that is not over is compared with as long a beginning of the one before. */
  readonly nowMs: number;
  readonly maxRows: number;
}

export interface Mover {
  /** The value of the dimension. */
  readonly value: string;
  readonly costNanoUsd: NanoUsd;
  readonly costBeforeNanoUsd: NanoUsd;
  readonly changeNanoUsd: NanoUsd;
  /** The change as a fraction of the cost before, to six decimals; absent where there was none before. */
  readonly changeRatio?: number;
  readonly requests: number;
  readonly requestsBefore: number;
}

/** The movers by the size of their change, the largest first, and what all values together did. */
export interface MoversReport {
  readonly movers: readonly Mover[];
  readonly total: Mover;
}

/** Costs are those of the ledger with its adjustments. */
export async function compareWindows(
  query: MoversQuery,
  tenants: readonly ReportedTenant[],
  parts: UsageParts,
): Promise<MoversReport | Refusal> {
  const now = await rowsOf(0, query, tenants, parts);
  if ("refused" in now) {
    return now;
  }
  const before = await rowsOf(1, query, tenants, parts);
  if ("refused" in before) {
    return before;
  }
  const [byValue, byValueBefore] = [groupByValue(now), groupByValue(before)];
  const values = new Set([...byValue.keys(), ...byValueBefore.keys()]);
  const movers = [...values].map((value) =>
    moverOf(value, byValue.get(value) ?? [], byValueBefore.get(value) ?? []),
  );
  movers.sort((a, b) => compareSizes(b.changeNanoUsd, a.changeNanoUsd) || (a.value < b.value ? -1 : 1));
  return { movers: movers.slice(0, query.limit), total: moverOf("", now, before) };
}

interface ValueRow {
  readonly value: string;
  readonly costNanoUsd: NanoUsd;
  readonly requests: number;
}

function groupByValue(rows: readonly ValueRow[]): ReadonlyMap<string, readonly ValueRow[]> {
  const groups = new Map<string, ValueRow[]>();
  for (const row of rows) {
    const group = groups.get(row.value) ?? [];
    group.push(row);
    groups.set(row.value, group);
  }
  return groups;
}

/** Tenant by tenant, because each may have another time zone and so another elapsed part of its window. */
async function rowsOf(
  windowsBack: 0 | 1,
  { window, timeZone, by, filter, nowMs, maxRows }: MoversQuery,
  tenants: readonly ReportedTenant[],
  parts: UsageParts,
): Promise<ValueRow[] | Refusal> {
  const reports = await Promise.all(
    tenants.map((tenant) => {
      const zone = timeZone ?? tenant.timeZone;
      const range = comparedRange(windowsBack, window, zone, nowMs);
      const query = {
        window: { fromMs: range.startMs, toMs: range.endMs },
        timeZone: zone,
        groupBy: [by],
        filter,
        maxRows,
      };
      return queryUsage(query, [tenant], parts);
    }),
  );
  const rows: UsageRow[] = [];
  for (const report of reports) {
    if ("refused" in report) {
      return report;
    }
    rows.push(...report.rows);
  }
  return rows.map(({ group, costNanoUsd, adjustmentNanoUsd, requests }) => ({
    value: group[by] ?? "",
    costNanoUsd: costNanoUsd + adjustmentNanoUsd,
    requests,
  }));
}

/** The part of the window that is over, and as much of the one before. */
function comparedRange(windowsBack: 0 | 1, window: ReportWindow, timeZone: string, nowMs: number) {
  const now = rangeOf(window, timeZone);
  const elapsedMs = Math.max(0, Math.min(nowMs, now.endMs) - now.startMs);
  if (windowsBack === 0) {
    return { startMs: now.startMs, endMs: now.startMs + elapsedMs };
  }
  const before = rangeOf(windowBefore(window), timeZone);
  const isOver = nowMs >= now.endMs;
  return {
    startMs: before.startMs,
    endMs: isOver ? before.endMs : Math.min(before.endMs, before.startMs + elapsedMs),
  };
}

const ratioDecimals = 1_000_000n;

function moverOf(value: string, now: readonly ValueRow[], before: readonly ValueRow[]): Mover {
  const cost = (rows: readonly ValueRow[]) => rows.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);
  const requests = (rows: readonly ValueRow[]) => rows.reduce((sum, row) => sum + row.requests, 0);
  const costNanoUsd = cost(now);
  const costBeforeNanoUsd = cost(before);
  const changeNanoUsd = costNanoUsd - costBeforeNanoUsd;
  return {
    value,
    costNanoUsd,
    costBeforeNanoUsd,
    changeNanoUsd,
    ...(costBeforeNanoUsd > 0n && {
      changeRatio: Number((changeNanoUsd * ratioDecimals) / costBeforeNanoUsd) / Number(ratioDecimals),
    }),
    requests: requests(now),
    requestsBefore: requests(before),
  };
}

function compareSizes(a: bigint, b: bigint): number {
  const sizeOf = (amount: bigint) => (amount < 0n ? -amount : amount);
  return sizeOf(a) === sizeOf(b) ? 0 : sizeOf(a) < sizeOf(b) ? -1 : 1;
}
