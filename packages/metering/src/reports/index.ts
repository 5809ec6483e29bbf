/** Reports on usage: one query, and what is made from it. */
export { compareWindows, type Mover, type MoversQuery, type MoversReport } from "./compare-windows.ts";
export { type CsvValue, writeCsv } from "./csv.ts";
export { exportFocus, type FocusParts } from "./export-focus.ts";
export { forecastSpend, type SpendForecast, type SpendOutlook } from "./forecast-spend.ts";
export {
  queryUsage,
  type ReportedTenant,
  type UsageDimension,
  type UsageFilter,
  type UsageParts,
  type UsageQuery,
  type UsageReport,
  type UsageRow,
} from "./query-usage.ts";
export { type ReportWindow, rangeOf } from "./report-window.ts";
export type { RolledHour, RollUpProgress, RollUpStore } from "./roll-up-store.ts";
export { type RollUpParts, type RollUpReport, rollUpUsage } from "./roll-up-usage.ts";
export { type RollingLedgerParts, RollingLedgerStore } from "./rolling-ledger-store.ts";
export { type StatementParts, type TenantStatement, tenantStatement } from "./tenant-statement.ts";
export type { UsageFigures } from "./usage-figures.ts";
