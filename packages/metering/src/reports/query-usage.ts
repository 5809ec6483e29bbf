/** The one query that every report, table, card and export of usage is made from. */
import { type Refusal, refusal, type Tenant } from "@caprock/domain";
import type { AdjustmentStore } from "../adjustments/adjustment-store.ts";
import { forEachAtOnce } from "../at-once.ts";
import { figuresOfAdjustment, kindOfAdjustment } from "./adjustment-figures.ts";
import { type CalendarLabels, calendarLabels } from "./calendar-labels.ts";
import { type CellParts, listCells } from "./list-cells.ts";
import { type ReportWindow, rangeOf } from "./report-window.ts";
import { type CallKind, quarterMs, startOf } from "./usage-cell.ts";
import { addFigures, FigureSums, noFigures, type UsageFigures } from "./usage-figures.ts";

/** What rows can be grouped by; days and hours are a time zone's, see `CalendarLabels`. */
export const usageDimensions = [
  "tenant",
  "application",
  "key",
  "model",
  "tier",
  "status",
  "wire",
  "day",
  "hour",
] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** One of several values for each dimension that is named; windows stand for days and hours. */
export type UsageFilter = Readonly<
  Partial<Record<Exclude<UsageDimension, "day" | "hour">, readonly string[]>>
>;

export interface UsageQuery {
  readonly window: ReportWindow;
  /** Whose days, hours and months; each tenant's own when absent. */
  readonly timeZone?: string | undefined;
  /** Rows are sorted by these, in this order. */
  readonly groupBy: readonly UsageDimension[];
  readonly filter?: UsageFilter | undefined;
  /** More rows than this are refused. */
  readonly maxRows: number;
}

export interface UsageRow extends UsageFigures {
  /** The values of the dimensions grouped by. */
  readonly group: Readonly<Partial<Record<UsageDimension, string>>>;
}

export interface UsageReport {
  readonly rows: readonly UsageRow[];
  /** The sum of the rows. */
  readonly totals: UsageFigures;
}

export interface UsageParts extends CellParts {
  readonly adjustments: Pick<AdjustmentStore, "ofCalls">;
}

export type ReportedTenant = Pick<Tenant, "id" | "timeZone">;

/**
 * Sums what the tenants' calls that arrived in the window come to, adjustments included: the same whether hours are
 * rolled up or not. Refused for more than `maxRows` rows.
 */
export async function queryUsage(
  query: UsageQuery,
  tenants: readonly ReportedTenant[],
  parts: UsageParts,
): Promise<UsageReport | Refusal> {
  const rows = await collectRows(query, tenants, parts);
  return rows.size <= query.maxRows
    ? reportOf(rows, query.groupBy)
    : refusal({
        code: "invalid_request",
        message: `The report has more than ${query.maxRows} rows. Ask for a shorter time, fewer tenants or fewer dimensions.`,
        param: "groupBy",
      });
}

/** The same without a bound, for what groups by few values or sums its rows up further. */
export async function sumUsage(
  query: Omit<UsageQuery, "maxRows">,
  tenants: readonly ReportedTenant[],
  parts: UsageParts,
): Promise<UsageReport> {
  const rows = await collectRows({ ...query, maxRows: Number.POSITIVE_INFINITY }, tenants, parts);
  return reportOf(rows, query.groupBy);
}

async function collectRows(
  query: UsageQuery,
  tenants: readonly ReportedTenant[],
  parts: UsageParts,
): Promise<Rows> {
  const rows: Rows = new Map();
  const asked = tenants.filter(({ id }) => query.filter?.tenant?.includes(id) ?? true);
  await forEachAtOnce(asked, (tenant) => addTenant(tenant, query, rows, parts));
  return rows;
}

type Rows = Map<string, { readonly group: UsageRow["group"]; readonly sums: FigureSums }>;

function reportOf(rows: Rows, groupBy: readonly UsageDimension[]): UsageReport {
  const sorted = [...rows.values()]
    .map(({ group, sums }): UsageRow => ({ group, ...sums.figures() }))
    .sort((a, b) => compareRows(a, b, groupBy));
  return { rows: sorted, totals: sorted.reduce<UsageFigures>(addFigures, noFigures) };
}

/** Stops early once there are too many rows. */
async function addTenant(
  tenant: ReportedTenant,
  { window, timeZone = tenant.timeZone, groupBy, filter = {}, maxRows }: UsageQuery,
  rows: Rows,
  parts: UsageParts,
): Promise<void> {
  const labelsAt = calendarLabels(timeZone);
  const range = rangeOf(window, timeZone);
  const sumsOf = (kind: CallKind, atMs: number): FigureSums | undefined => {
    const values = dimensionsOf(kind, labelsAt(startOf(atMs, quarterMs)));
    if (!filtered(values, filter)) {
      return undefined;
    }
    const key = JSON.stringify(groupBy.map((dimension) => values[dimension]));
    let row = rows.get(key);
    if (!row) {
      const group = Object.fromEntries(groupBy.map((dimension) => [dimension, values[dimension]]));
      row = { group, sums: new FigureSums() };
      rows.set(key, row);
    }
    return row.sums;
  };
  for await (const cell of listCells(tenant.id, range, parts)) {
    sumsOf(cell.kind, cell.startMs)?.addCell(cell);
    if (rows.size > maxRows) {
      return;
    }
  }
  for await (const adjustment of parts.adjustments.ofCalls(tenant.id, range)) {
    sumsOf(kindOfAdjustment(adjustment), adjustment.arrivedAtMs)?.add(figuresOfAdjustment(adjustment));
  }
}

type Dimensions = Readonly<Record<UsageDimension, string>>;

function dimensionsOf(kind: CallKind, { day, hour }: CalendarLabels): Dimensions {
  return {
    tenant: kind.tenantId,
    application: kind.application,
    key: kind.apiKeyId,
    model: kind.modelId,
    tier: kind.serviceTier,
    status: kind.status,
    wire: kind.wire,
    day,
    hour,
  };
}

function filtered(values: Dimensions, filter: UsageFilter): boolean {
  return usageDimensions.every(
    (dimension) =>
      dimension === "day" || dimension === "hour" || (filter[dimension]?.includes(values[dimension]) ?? true),
  );
}

/** Hours by the instant they name, everything else by code unit. */
function compareRows(a: UsageRow, b: UsageRow, groupBy: readonly UsageDimension[]): number {
  for (const dimension of groupBy) {
    const [valueA = "", valueB = ""] = [a.group[dimension], b.group[dimension]];
    const byTime = dimension === "hour" ? Date.parse(valueA) - Date.parse(valueB) : 0;
    if (byTime !== 0) {
      return byTime;
    }
    if (valueA !== valueB) {
      return valueA < valueB ? -1 : 1;
    }
  }
  return 0;
}
