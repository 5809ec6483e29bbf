/** For tests: a ledger entry that is made from its request, with whatever a test wants otherwise. */
import { noTokens, type RequestId, requestArrivalMs, type TenantId } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";

export function ledgerEntry(
  tenantId: TenantId,
  requestId: RequestId,
  wanted: Partial<LedgerEntry> = {},
): LedgerEntry {
  const arrivedAtMs = requestArrivalMs(requestId);
  return {
    requestId,
    tenantId,
    apiKeyId: "k000000000000",
    application: "default",
    modelId: "vendor.model",
    invokedId: "us.vendor.model",
    wire: "test",
    status: "completed",
    arrivedAtMs,
    settledAtMs: arrivedAtMs + 1_500,
    usage: { ...noTokens, input: 12, output: 34 },
    lines: [
      { tokenClass: "input", tokens: 12, rateNanoUsdPerMillion: 1_000_000_000n },
      { tokenClass: "output", tokens: 34, rateNanoUsdPerMillion: 5_000_000_000n },
    ],
    unitLines: [],
    listCostNanoUsd: 182_000n,
    markupBasisPoints: 0,
    costNanoUsd: 182_000n,
    priceBookVersion: "2026-11-22",
    serviceTier: "default",
    estimated: false,
    assumedClasses: [],
    simulated: false,
    ...wanted,
  };
}
