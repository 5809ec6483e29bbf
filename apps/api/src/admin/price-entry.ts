/** Finds the price that the present edition has for a call in the ledger. */
import type { Catalog } from "@caprock/inference";
import type { LedgerEntry, ModelPrice, PriceBook } from "@caprock/metering";

export interface EntryPricing {
  readonly catalog: Catalog;
  readonly priceBook: PriceBook;
  readonly region: string;
}

/** The price as of the call's arrival; undefined for a model that the catalog or the book does not have any more. */
export function priceEntry(
  { invokedId, serviceTier, arrivedAtMs, aside }: LedgerEntry,
  { catalog, priceBook, region }: EntryPricing,
): ModelPrice | undefined {
  if (aside) {
    return priceBook.findUnrouted(invokedId, arrivedAtMs);
  }
  const route = catalog.route(invokedId, region);
  return "refused" in route ? undefined : priceBook.findForRoute(route, serviceTier, arrivedAtMs);
}
