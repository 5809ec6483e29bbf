/** What a reconciliation is: the ledger, compared with what AWS itself recorded, over a range. */
import type { ModelId, NanoUsd, RequestId, TenantId } from "@caprock/domain";

export const reconciliationSources = ["invocation-log", "billing-export"] as const;
/** What the ledger is compared with: Bedrock's log of calls, or AWS's bill. */
export type ReconciliationSource = (typeof reconciliationSources)[number];

export const driftComponents = ["input", "output", "cacheRead", "cacheWrite", "units"] as const;
/** `units`: what is billed by the piece. */
export type DriftComponent = (typeof driftComponents)[number];

/** One component, over the whole range. */
export interface ComponentDrift {
  readonly component: DriftComponent;
  /** Tokens, or units. */
  readonly ledgerCount: bigint;
  readonly otherCount: bigint;
  /** The sum of the differences, each without its sign: what is too much here does not hide what is missing there. */
  readonly driftCount: bigint;
  /** At the price AWS lists, without any tenant's markup. */
  readonly ledgerNanoUsd: NanoUsd;
  readonly otherNanoUsd: NanoUsd;
  readonly driftNanoUsd: NanoUsd;
}

/**
 * How one request, or one line of a bill, differs: it is in the ledger alone, it is not in the ledger, it used
 * another count of something, or it used the same and cost something else.
 */
export const differenceKinds = ["ledger-only", "other-only", "usage", "cost"] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** A request (log), or a tenant's model on a day (bill), that differs. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Empty where the bill names no tenant: then it is of all tenants whose calls it does not name. */
  readonly tenantId: TenantId;
  /** Empty where the bill names no model either. */
  readonly modelId: ModelId;
  /** Of a log's difference. */
  readonly requestId?: RequestId;
  /** Of a bill's difference that names a tenant: the day of UTC. */
  readonly day?: string;
  /** The sum of the differences of its components, each without its sign. */
  readonly driftCount: bigint;
  readonly driftNanoUsd: NanoUsd;
}

/**
 * `agrees`: no difference at all. `silent`: the ledger has something and the other side nothing whatever, which says
 * more of the other side than of the ledger.
 */
export const verdicts = ["agrees", "within-tolerance", "drifts", "silent"] as const;
export type Verdict = (typeof verdicts)[number];

export interface ReconciliationReport {
  /** Requests (log), or tenant's models on a day (bill), that were compared. */
  readonly checked: number;
  readonly differences: Readonly<Record<DifferenceKind, number>>;
  readonly components: readonly ComponentDrift[];
  readonly driftNanoUsd: NanoUsd;
  /** The dearest differences, and of equally dear ones the largest; see `mostWorst`. */
  readonly worst: readonly Difference[];
  /** Lines and records that could not be read, and count on neither side. */
  readonly unreadable: number;
  readonly verdict: Verdict;
}

/** How much drift is let pass. */
export interface Tolerance {
  /** Hundredths of a percent of the larger side, for money and for each component's counts. */
  readonly basisPoints: number;
}

/** A range that is to be reconciled, or was. */
export interface Reconciliation {
  /** `<source> <start>/<end>`, and `#<n>` when it was asked for again. */
  readonly id: string;
  readonly source: ReconciliationSource;
  readonly startMs: number;
  /** The first instant that is no longer in it. */
  readonly endMs: number;
  readonly requestedAtMs: number;
  readonly state: "requested" | "done" | "failed";
  readonly attempts: number;
  /** When it is to be run, or, while it runs, when the run counts as lost. Absent when it is over. */
  readonly dueAtMs?: number;
  readonly finishedAtMs?: number;
  readonly report?: ReconciliationReport;
  /** Grows with every change. */
  readonly version: number;
}

/** A reconciliation that has not been run. `again` tells apart those of one range that were asked for by hand. */
export function requestedReconciliation(
  { source, startMs, endMs }: Pick<Reconciliation, "source" | "startMs" | "endMs">,
  requestedAtMs: number,
  again?: string,
): Reconciliation {
  const range = `${new Date(startMs).toISOString()}/${new Date(endMs).toISOString()}`;
  return {
    id: `${source} ${range}${again === undefined ? "" : `#${again}`}`,
    source,
    startMs,
    endMs,
    requestedAtMs,
    state: "requested",
    attempts: 0,
    dueAtMs: requestedAtMs,
    version: 1,
  };
}
