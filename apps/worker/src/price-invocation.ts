/** Writes the ledger entry of a call from what Bedrock logged of it. */
import { type Clock, markupAt, requestArrivalMs } from "@caprock/domain";
import type { Catalog } from "@caprock/inference";
import {
  type EntryStatus,
  type LedgerEntry,
  type LoggedInvocation,
  type PriceBook,
  writeReceipt,
} from "@caprock/metering";

import type { TenantStore } from "@caprock/tenancy";

export interface PricingParts {
  readonly tenants: Pick<TenantStore, "read">;
  readonly catalog: Catalog;
  readonly priceBook: PriceBook;
  readonly clock: Clock;
  readonly region: string;
}

/**
 * Undefined for a model that is not in the catalog any more or has no price, and for a tenant that is gone: then the
 * hold stays unresolved.
 */
export async function priceInvocation(
  invocation: LoggedInvocation,
  status: EntryStatus,
  { tenants, catalog, priceBook, clock, region }: PricingParts,
): Promise<LedgerEntry | undefined> {
  const route = catalog.route(invocation.invokedId, region);
  if ("refused" in route) {
    return undefined;
  }
  const { requestId, tenantId, apiKeyId, wire, invokedId, usage, units = {}, serviceTier } = invocation;
  const arrivedAtMs = requestArrivalMs(requestId);
  // The call was served, whatever the tier: one that the book does not price is billed as the default one.
  const price =
    priceBook.findForRoute(route, serviceTier, arrivedAtMs) ??
    priceBook.findForRoute(route, "default", arrivedAtMs);
  const tenant = await tenants.read(tenantId);
  return price === undefined || tenant === undefined
    ? undefined
    : writeReceipt(
        {
          requestId,
          tenantId,
          apiKeyId,
          application: invocation.application,
          modelId: route.model.id,
          invokedId,
          wire,
          status,
          arrivedAtMs,
          settledAtMs: clock.now(),
          usage,
          markupBasisPoints: markupAt(tenant, arrivedAtMs),
          serviceTier: price.serviceTier,
          estimated: false,
          simulated: false,
        },
        price,
        units,
      );
}
