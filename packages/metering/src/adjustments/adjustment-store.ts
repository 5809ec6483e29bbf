/** Adjustments: what is charged or given back after a call was entered, without touching its entry. */
import type { ApiKeyId, ModelId, NanoUsd, RequestId, TenantId, TokenUsage } from "@caprock/domain";

/**
 * `rerate`: the call was priced again. `lateEntry`: the call itself became known when its month was closed.
 * `lateCorrection`: so did the true cost of one that was entered at an estimate.
 */
export const adjustmentKinds = ["rerate", "lateEntry", "lateCorrection"] as const;
export type AdjustmentKind = (typeof adjustmentKinds)[number];

/** A call costs its ledger entry and the sum of its adjustments. Written once, never changed. */
export interface Adjustment {
  /**
   * The request id and the adjustment's place among those of the call. Of several who adjust one call at once one
   * wins, and the others see what it did before they try again, so that nothing is adjusted twice.
   */
  readonly adjustmentId: string;
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly application: string;
  readonly apiKeyId: ApiKeyId;
  readonly modelId: ModelId;
  readonly serviceTier: string;
  readonly kind: AdjustmentKind;
  /** When the call arrived. */
  readonly arrivedAtMs: number;
  readonly postedAtMs: number;
  /** The month (of the tenant's time zone) whose bill it is part of; see `billedMonthOf`. */
  readonly billedMonth: string;
  /** By which edition the call was charged so far; absent for a late entry. */
  readonly fromPriceBookVersion?: string;
  readonly toPriceBookVersion: string;
  /** The markup that the call is charged with now. */
  readonly markupBasisPoints: number;
  /** What changes of the list cost, and of the charge; negative gives back. */
  readonly listDeltaNanoUsd: NanoUsd;
  readonly deltaNanoUsd: NanoUsd;
  /** What a late entry used: the ledger has nothing of it. */
  readonly usage?: TokenUsage;
  readonly reason: string;
  readonly author: string;
}

export interface CallRange {
  readonly startMs: number;
  readonly endMs: number;
}

export interface AdjustmentStore {
  /** Writes it unless one with its id stands. True when it was written, by this very call or by a lost answer of it. */
  post(adjustment: Adjustment): Promise<boolean>;
  /** The adjustments of one call, in order; never a stale answer. */
  ofCall(tenantId: TenantId, requestId: RequestId): Promise<readonly Adjustment[]>;
  /** Adjustments of the calls that arrived in [startMs, endMs), by call and in order; never a stale answer. */
  ofCalls(tenantId: TenantId, range: CallRange): AsyncIterable<Adjustment>;
  /**
   * Adjustments that count in a month's bill, by id; `after` continues behind one. One that was posted seconds ago
   * may be missing.
   */
  billedIn(tenantId: TenantId, month: string, after?: string): AsyncIterable<Adjustment>;
}
