/** Adjustments as reports have them: of which kind their call was, and what they add. */
import { noTokens } from "@caprock/domain";
import type { Adjustment } from "../adjustments/adjustment-store.ts";
import { agentCoreMemoryId } from "../price-book/index.ts";
import type { CallKind } from "./usage-cell.ts";
import { noFigures, type UsageFigures } from "./usage-figures.ts";

/** Stands for the status and the wire of the call, which an adjustment does not know. */
const adjustmentValue = "adjustment";

export function kindOfAdjustment(adjustment: Adjustment): CallKind {
  const { tenantId, application, apiKeyId, modelId, serviceTier, markupBasisPoints } = adjustment;
  return {
    tenantId,
    application,
    apiKeyId,
    modelId,
    serviceTier,
    status: adjustmentValue,
    wire: adjustmentValue,
    markupBasisPoints,
    estimated: false,
    simulated: false,
  };
}

/** A late entry counts as the request that it is, because the ledger has nothing of it; work on long-term memory is none. */
export function figuresOfAdjustment({ kind, modelId, usage, deltaNanoUsd }: Adjustment): UsageFigures {
  return {
    ...noFigures,
    requests: kind === "lateEntry" && modelId !== agentCoreMemoryId ? 1 : 0,
    tokens: usage ?? noTokens,
    adjustmentNanoUsd: deltaNanoUsd,
  };
}
