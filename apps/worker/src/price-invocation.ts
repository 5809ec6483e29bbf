/** Writes the ledger entry of a call from what Bedrock logged of it. */
import { type Clock, requestArrivalMs } from "@caprock/domain";
import type { Catalog } from "@caprock/inference";
import {
  type EntryStatus,
  type LedgerEntry,
  type LoggedInvocation,
  type PriceBook,
  writeReceipt,
} from "@caprock/metering";

export interface PricingParts {
  readonly catalog: Catalog;
  readonly priceBook: PriceBook;
  readonly clock: Clock;
  readonly region: string;
}

/** Undefined for a model that is not in the catalog any more, or has no price: then the hold stays unresolved. */
export function priceInvocation(
  invocation: LoggedInvocation,
  status: EntryStatus,
  { catalog, priceBook, clock, region }: PricingParts,
): LedgerEntry | undefined {
  const route = catalog.route(invocation.invokedId, region);
  if ("refused" in route) {
    return undefined;
  }
  const { requestId, tenantId, apiKeyId, wire, invokedId, usage, serviceTier } = invocation;
  const arrivedAtMs = requestArrivalMs(requestId);
  const price = priceBook.find({
    modelId: route.model.id,
    scope: route.scope,
    ...(route.profile === undefined ? {} : { profile: route.profile }),
    serviceTier,
    atMs: arrivedAtMs,
  });
  return price === undefined
    ? undefined
    : writeReceipt({
        requestId,
        tenantId,
        apiKeyId,
        modelId: route.model.id,
        invokedId,
        wire,
        status,
        arrivedAtMs,
        settledAtMs: clock.now(),
        usage,
        price,
        serviceTier,
        estimated: false,
        simulated: false,
      });
}
