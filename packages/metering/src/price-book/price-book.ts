/** Finds the price of a way of calling a model at an instant; what it does not find cannot be called. */
import type { ModelRoute } from "@caprock/domain";
import type { ModelPrice, PriceEntry, PriceQuery, ServiceTier } from "./model-price.ts";
import { scaleLongContext, scaleRates } from "./rates.ts";

/**
 * What a tier costs as a fraction of the default one: priority 1.75, flex 0.5 (Portkey's Bedrock price list,
 * 2026-08-21, the same for every model it lists).
 */
const tierFactors: Readonly<Record<ServiceTier, readonly [bigint, bigint]>> = {
  default: [1n, 1n],
  priority: [7n, 4n],
  flex: [1n, 2n],
};

interface DatedPrice {
  readonly fromMs: number;
  readonly price: ModelPrice;
}

/** An edition of the price list. It never changes: new prices are a new edition with a new version. */
export class PriceBook {
  /** The day of the edition, for example "2026-11-22". */
  readonly version: string;
  /** By model, route and tier, the newest first. */
  private readonly prices = new Map<string, DatedPrice[]>();

  /**
   * Throws a RangeError for an entry that bills nothing, whose date cannot be read, or that prices the same
   * thing from the same day as another.
   */
  constructor(version: string, entries: readonly PriceEntry[]) {
    this.version = version;
    for (const entry of entries) {
      for (const tier of ["default", ...(entry.otherTiers ?? [])] as const) {
        this.add(entry, tier);
      }
    }
  }

  /** The price in force, or undefined: then the call must be refused, because its cost cannot be bounded. */
  find({ modelId, scope, profile, serviceTier, atMs }: PriceQuery): ModelPrice | undefined {
    const route = scope === "geo" ? profile : scope;
    const dated = this.prices.get(keyOf(modelId, route ?? "", serviceTier));
    const inForce = atMs === undefined ? dated?.[0] : dated?.find(({ fromMs }) => fromMs <= atMs);
    return inForce?.price;
  }

  /** The price of a routed model, as `find` gives it. */
  findForRoute(route: ModelRoute, serviceTier: string, atMs: number): ModelPrice | undefined {
    const { model, scope, profile } = route;
    return this.find({
      modelId: model.id,
      scope,
      ...(profile === undefined ? {} : { profile }),
      serviceTier,
      atMs,
    });
  }

  private add(entry: PriceEntry, tier: ServiceTier): void {
    const fromMs = Date.parse(`${entry.effectiveFrom}T00:00:00Z`);
    if (Number.isNaN(fromMs)) {
      throw new RangeError(`"${entry.effectiveFrom}" is no date for a price of "${entry.modelId}".`);
    }
    const price = priceAt(entry, tier, this.version);
    for (const route of entry.routes) {
      const key = keyOf(entry.modelId, route, tier);
      const dated = this.prices.get(key) ?? [];
      if (dated.some((other) => other.fromMs === fromMs)) {
        throw new RangeError(`"${key}" has two prices from ${entry.effectiveFrom}.`);
      }
      dated.push({ fromMs, price });
      dated.sort((a, b) => b.fromMs - a.fromMs);
      this.prices.set(key, dated);
    }
  }
}

function keyOf(modelId: string, route: string, tier: string): string {
  return `${modelId} ${route} ${tier}`;
}

function priceAt(entry: PriceEntry, serviceTier: ServiceTier, priceBookVersion: string): ModelPrice {
  const { modelId, source, tokenRates, longContext, unitRates } = entry;
  if (!tokenRates && Object.keys(unitRates ?? {}).length === 0) {
    throw new RangeError(`A price of "${modelId}" bills nothing.`);
  }
  const [numerator, denominator] = tierFactors[serviceTier];
  return {
    priceBookVersion,
    modelId,
    serviceTier,
    ...(tokenRates && { tokenRates: scaleRates(tokenRates, numerator, denominator) }),
    ...(longContext && { longContext: scaleLongContext(longContext, numerator, denominator) }),
    ...(unitRates && { unitRates }),
    source,
  };
}
