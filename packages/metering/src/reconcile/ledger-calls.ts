/** The ledger's side of a reconciliation: calls with what was adjusted of them later. */
import { type ModelId, type NanoUsd, noTokens, type RequestId, type TenantId } from "@caprock/domain";
import type { AdjustmentStore, CallRange } from "../adjustments/adjustment-store.ts";
import type { LedgerStore } from "../ledger-store.ts";
import { type Priced, usedAnything } from "./ledger-amounts.ts";

/** What the ledger and its adjustments say of one call together. */
export interface LedgerCall extends Priced {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly modelId: ModelId;
  readonly arrivedAtMs: number;
  /** What adjustments add to the list cost of the lines; all of it for a call that was entered too late for its month. */
  readonly adjustedNanoUsd: NanoUsd;
}

export interface LedgerCallParts {
  readonly ledger: Pick<LedgerStore, "list">;
  readonly adjustments: Pick<AdjustmentStore, "ofCalls">;
}

/**
 * A tenant's calls that arrived in the range and used anything. Simulated ones, which no model served, are left out, and
 * those of other services. Adjustments are few; those of the range are kept in memory.
 */
export async function* ledgerCalls(
  tenantId: TenantId,
  range: CallRange,
  { ledger, adjustments }: LedgerCallParts,
): AsyncIterable<LedgerCall> {
  const adjusted = new Map<RequestId, LedgerCall>();
  for await (const adjustment of adjustments.ofCalls(tenantId, range)) {
    const { requestId, modelId, arrivedAtMs, usage, listDeltaNanoUsd } = adjustment;
    const earlier = adjusted.get(requestId);
    adjusted.set(requestId, {
      requestId,
      tenantId,
      modelId,
      arrivedAtMs,
      usage: usage ?? earlier?.usage ?? noTokens,
      lines: [],
      unitLines: [],
      adjustedNanoUsd: (earlier?.adjustedNanoUsd ?? 0n) + listDeltaNanoUsd,
    });
  }
  for await (const entry of ledger.list(tenantId, range)) {
    const { requestId, modelId, arrivedAtMs, usage, lines, unitLines } = entry;
    const adjustedNanoUsd = adjusted.get(requestId)?.adjustedNanoUsd ?? 0n;
    adjusted.delete(requestId);
    if (!entry.simulated && !entry.aside && usedAnything(entry)) {
      yield { requestId, tenantId, modelId, arrivedAtMs, usage, lines, unitLines, adjustedNanoUsd };
    }
  }
  // What is left was never entered: the adjustment is all there is of it.
  yield* [...adjusted.values()].filter(usedAnything);
}
