/** What provisioned throughput costs: model units by the hour, whether they are used or not. */
import type { NanoUsd } from "@caprock/domain";
import { toCount } from "./price-usage.ts";

/** For how long units are bought: until they are deleted, or for at least one or six months. */
export const commitments = ["none", "oneMonth", "sixMonths"] as const;
export type Commitment = (typeof commitments)[number];

/** One dated line of the book. A commitment that is absent is not sold, or has no published price. */
export interface ProvisionedPriceEntry {
  /** The id without the context suffix (":24k") that purchases name. */
  readonly modelId: string;
  /** Where the price holds; absent for every region. */
  readonly regions?: readonly string[];
  /** The first day (UTC) it is known to hold. */
  readonly effectiveFrom: string;
  readonly source: string;
  readonly nanoUsdPerUnitHour: Readonly<Partial<Record<Commitment, NanoUsd>>>;
}

/** The price of one model unit for an hour. */
export interface ProvisionedPrice {
  readonly priceBookVersion: string;
  readonly modelId: string;
  readonly commitment: Commitment;
  readonly nanoUsdPerUnitHour: NanoUsd;
  readonly source: string;
}

export interface ProvisionedPriceQuery {
  readonly modelId: string;
  readonly commitment: Commitment;
  readonly region?: string;
  /** When the hour begins (epoch milliseconds); the newest price when absent. */
  readonly atMs?: number;
}

const hourMs = 3_600_000;

/**
 * What `modelUnits` cost in [startMs, endMs), from when they are in service until they are deleted. AWS bills by the
 * hour (user guide, "prov-throughput"); how it bills the hour in which a unit is deleted is not published, so a
 * begun hour counts whole. A commitment cannot be deleted before its term ends: until then it goes on.
 * Throws a RangeError for units that are no count and for an end before the start.
 */
export function priceProvisionedHours(
  { nanoUsdPerUnitHour }: Pick<ProvisionedPrice, "nanoUsdPerUnitHour">,
  modelUnits: number,
  startMs: number,
  endMs: number,
): { readonly unitHours: number; readonly costNanoUsd: NanoUsd } {
  if (!(endMs >= startMs)) {
    throw new RangeError("Units cannot be deleted before they are in service.");
  }
  const hours = Math.ceil((endMs - startMs) / hourMs);
  const unitHours = toCount(modelUnits) * toCount(hours);
  return { unitHours: Number(unitHours), costNanoUsd: unitHours * nanoUsdPerUnitHour };
}
