/** Which figures of a report are shown, and how: those that say nothing more than another are left out. */
import type { CloudWatchUsageReportView, UsageReportView } from "@caprock/contract";
import { formatCount } from "../format/count.ts";
import { formatExactUsd, nanoUsdOf } from "../format/money.ts";

export type AnyReport = UsageReportView | CloudWatchUsageReportView;
export type Figures = AnyReport["totals"];
type LedgerFigures = UsageReportView["totals"];

export interface Column {
  readonly label: string;
  readonly text: (figures: Figures) => string;
  readonly dimmed?: boolean;
  readonly strong?: boolean;
}

/** Simulated and estimated calls are always shown where there are any. Costs have every digit. */
export function columnsOf({ rows, totals }: AnyReport): Column[] {
  const any = (says: (figures: LedgerFigures) => boolean) =>
    [totals, ...rows].some((figures) => isLedgers(figures) && says(figures));
  const ofLedger = (text: (figures: LedgerFigures) => string) => (figures: Figures) =>
    isLedgers(figures) ? text(figures) : "–";
  const count = (name: "estimatedRequests" | "simulatedRequests") =>
    ofLedger((figures) => (figures[name] === 0 ? "–" : formatCount(figures[name])));
  const shown = (column: Column, isShown: boolean) => (isShown ? [column] : []);
  return [
    { label: "Requests", text: ({ requests }) => formatCount(requests) },
    ...shown(
      { label: "Simulated", text: count("simulatedRequests"), dimmed: true },
      any(({ simulatedRequests }) => simulatedRequests > 0),
    ),
    ...shown(
      { label: "Estimated", text: count("estimatedRequests"), dimmed: true },
      any(({ estimatedRequests }) => estimatedRequests > 0),
    ),
    ...shown(
      { label: "List cost", text: ofLedger(({ listCostUsd }) => formatExactUsd(listCostUsd)), dimmed: true },
      any(({ listCostUsd, costUsd }) => listCostUsd !== costUsd),
    ),
    { label: "Cost", text: ({ costUsd }) => formatExactUsd(costUsd), strong: true },
    ...shown(
      { label: "Adjustments", text: ofLedger(({ adjustmentUsd }) => formatExactUsd(adjustmentUsd)) },
      any(({ adjustmentUsd }) => nanoUsdOf(adjustmentUsd) !== 0n),
    ),
    { label: "Input", text: ({ tokens }) => formatCount(tokens.input) },
    { label: "Cache read", text: ({ tokens }) => formatCount(tokens.cacheRead) },
    {
      label: "Cache write",
      text: ({ tokens }) => formatCount(tokens.cacheWrite5m + tokens.cacheWrite1h),
    },
    { label: "Output", text: ({ tokens }) => formatCount(tokens.output) },
    ...shown(
      { label: "By the piece", text: ofLedger(({ units }) => unitsOf(units)) },
      any(({ units }) => unitsOf(units) !== ""),
    ),
  ];
}

/** "3 image, 2 query": what is billed by the piece and not by the token. */
function unitsOf(units: LedgerFigures["units"]): string {
  return Object.entries(units)
    .filter(([, pieces]) => pieces > 0)
    .map(([unit, pieces]) => `${formatCount(pieces)} ${unit}`)
    .join(", ");
}

function isLedgers(figures: Figures): figures is LedgerFigures {
  return "listCostUsd" in figures;
}
