/** What calls cost: limits, holds, the ledger, prices and sums. */
export { type Account, type AccountStore, type Hold, type HoldOutcome, heldOn } from "./account-store.ts";
export { type InvocationLog, type LoggedInvocation, type LogRange, metadataKeys } from "./invocation-log.ts";
export type { EntryStatus, LedgerEntry, LedgerRange, LedgerStore, ReceiptLine } from "./ledger-store.ts";
export { type AccountUnit, type Limit, limitsOf, monthlyCap } from "./limits.ts";
export {
  currentPriceBook,
  type ModelPrice,
  PriceBook,
  type PriceEntry,
  priceUsage,
  type TokenRates,
  type WorstCase,
  worstCaseCost,
} from "./price-book/index.ts";
export { type ReceiptRequest, writeReceipt } from "./receipt.ts";
export {
  type HeldAmount,
  type Reservation,
  type ReserveParts,
  type ReserveRequest,
  release,
  reserve,
} from "./reserve.ts";
export { type ResolveParts, type ResolveReport, resolveHolds } from "./resolve-holds.ts";
export { leaveUnresolved, type SettleParts, settle, usedOf } from "./settle.ts";
export {
  type DailyModelUsage,
  type SummaryParts,
  summariseUsage,
  type TenantUsage,
  type UsageSummary,
} from "./summarise-usage.ts";
export { monthWindow, type Window, type WindowKind, windowAt } from "./windows.ts";
