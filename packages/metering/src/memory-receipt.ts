/** The receipt of work on long-term memory: what it will cost is known before it is done. */
import {
  type ApiKeyId,
  CaprockError,
  markupAt,
  noTokens,
  type RequestId,
  requestArrivalMs,
  type Tenant,
} from "@caprock/domain";
import type { LedgerEntry } from "./ledger-store.ts";
import { agentCoreMemoryId, type PriceBook, type UnitCounts } from "./price-book/index.ts";
import { writeReceipt } from "./receipt.ts";

export interface MemoryUse {
  /** Tells when the work was begun, as a request's id tells of its arrival. */
  readonly requestId: RequestId;
  readonly tenant: Tenant;
  readonly apiKeyId: ApiKeyId;
  readonly application: string;
  readonly wire: string;
  readonly units: Pick<UnitCounts, "memoryEvent" | "memoryRetrieval">;
}

/** The whole entry, of work that is over at `settledAtMs`. Throws CaprockError (`model_unpriced`): then it must not be done. */
export function memoryReceipt(
  { tenant, units, ...use }: MemoryUse,
  priceBook: PriceBook,
  settledAtMs: number,
): LedgerEntry {
  const arrivedAtMs = requestArrivalMs(use.requestId);
  const price = priceBook.findUnrouted(agentCoreMemoryId, arrivedAtMs);
  if (price === undefined) {
    throw new CaprockError({ code: "model_unpriced", message: "Long-term memory has no price." });
  }
  const call = {
    ...use,
    tenantId: tenant.id,
    modelId: agentCoreMemoryId,
    invokedId: agentCoreMemoryId,
    status: "completed",
    arrivedAtMs,
    settledAtMs,
    usage: noTokens,
    markupBasisPoints: markupAt(tenant, arrivedAtMs),
    serviceTier: price.serviceTier,
    estimated: false,
    simulated: false,
    aside: true,
  } as const;
  return writeReceipt(call, price, units);
}
