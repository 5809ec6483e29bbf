/** Reconciliation: the ledger against what AWS itself recorded. */
export type { BillingExport, BillingLine } from "./billing-export.ts";
export { type ReconcileBillingParts, reconcileBilling } from "./reconcile-billing.ts";
export { type ReconcileLogParts, reconcileLog } from "./reconcile-log.ts";
export {
  type ComponentDrift,
  type Difference,
  type DifferenceKind,
  type DriftComponent,
  type Reconciliation,
  type ReconciliationReport,
  type ReconciliationSource,
  requestedReconciliation,
  type Tolerance,
  type Verdict,
} from "./reconciliation.ts";
export type { ReconciliationPage, ReconciliationStore } from "./reconciliation-store.ts";
export {
  type RangeProblem,
  type ReconciliationPlan,
  type RunReconciliationsParts,
  rangeProblem,
  requestReconciliations,
  runReconciliations,
} from "./run-reconciliations.ts";
