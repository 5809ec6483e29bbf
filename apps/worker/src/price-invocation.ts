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
  // The call was served, whatever the tier: one that the book does not price is billed as the default one.
  const price =
    priceBook.findForRoute(route, serviceTier, arrivedAtMs) ??
    priceBook.findForRoute(route, "default", arrivedAtMs);
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
        serviceTier: price.serviceTier,
        estimated: false,
        simulated: false,
      });
}
