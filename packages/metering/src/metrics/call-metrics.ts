/** Port: tells the platform's metrics what became of calls. */
import type { ErrorCode, ModelId, TenantId } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";

/** A call that one of Caprock's own limits refused. */
export interface RefusedCall {
  readonly tenantId: TenantId;
  readonly modelId: ModelId;
  readonly code: ErrorCode;
  readonly arrivedAtMs: number;
}

/**
 * Each of these only takes note, in memory, and never throws: metrics must not touch a call. Everything counts at
 * the instant at which the call arrived, as in the ledger, so that the sums of a month are the ledger's.
 */
export interface CallMetrics {
  /** A call has got its ledger entry. `latencyMs` is from arrival to settlement, undefined where nobody measured it. */
  settled(entry: LedgerEntry, latencyMs: number | undefined): void;
  /** A ledger entry that was counted has been replaced: the difference counts, at the call's arrival. */
  corrected(before: LedgerEntry, after: LedgerEntry): void;
  refused(call: RefusedCall): void;
  /** Sends what was noted. Never rejects: what could not be sent is kept for the next time, or reported as lost. */
  flush(): Promise<void>;
  /** For a process that stops: the last flush. */
  close(): Promise<void>;
}

/** Takes no note of anything. */
export const noMetrics: CallMetrics = {
  settled: () => undefined,
  corrected: () => undefined,
  refused: () => undefined,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
