/** Makes a call's next adjustment: from what it is charged so far to what it is to be charged. */
import type { NanoUsd, RequestId } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import type { Adjustment } from "./adjustment-store.ts";
import { billedMonthOf } from "./billed-month.ts";

/** A call's cost by a price book's edition and a markup. */
export interface Charge {
  readonly priceBookVersion: string;
  readonly markupBasisPoints: number;
  readonly listCostNanoUsd: NanoUsd;
  readonly costNanoUsd: NanoUsd;
}

interface AdjustedCall {
  readonly entry: LedgerEntry;
  /** What the ledger has the call cost; undefined where it has nothing of it. */
  readonly entered: Pick<Charge, "listCostNanoUsd" | "costNanoUsd"> | undefined;
  /** The call's earlier adjustments, in order. */
  readonly before: readonly Adjustment[];
  readonly target: Charge;
}

/** All of it but what kind it is, who posts it and why. */
export function nextAdjustment(
  { entry, entered, before, target }: AdjustedCall,
  postedAtMs: number,
  calendar: { readonly timeZone: string; readonly closeAfterMs: number },
): Omit<Adjustment, "kind" | "reason" | "author"> {
  const { requestId, tenantId, application, apiKeyId, modelId, serviceTier, arrivedAtMs } = entry;
  return {
    adjustmentId: nextAdjustmentId(requestId, before),
    requestId,
    tenantId,
    application,
    apiKeyId,
    modelId,
    serviceTier,
    arrivedAtMs,
    postedAtMs,
    billedMonth: billedMonthOf({ arrivedAtMs, postedAtMs }, calendar),
    toPriceBookVersion: target.priceBookVersion,
    markupBasisPoints: target.markupBasisPoints,
    listDeltaNanoUsd: before.reduce(
      (delta, earlier) => delta - earlier.listDeltaNanoUsd,
      target.listCostNanoUsd - (entered?.listCostNanoUsd ?? 0n),
    ),
    deltaNanoUsd: before.reduce(
      (delta, earlier) => delta - earlier.deltaNanoUsd,
      target.costNanoUsd - (entered?.costNanoUsd ?? 0n),
    ),
  };
}

function nextAdjustmentId(requestId: RequestId, standing: readonly Adjustment[]): string {
  return `${requestId}.${String(standing.length + 1).padStart(4, "0")}`;
}
