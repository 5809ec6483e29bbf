/** Finds the price of a way of calling a model at an instant; what it does not find cannot be called. */
import type { ModelRoute } from "@caprock/domain";
import {
  type ModelPrice,
  type PriceEntry,
  type PriceQuery,
  type ServiceTier,
  serviceTiers,
} from "./model-price.ts";
import { guardrailsId } from "./prices/amazon.ts";
import type { ProvisionedPrice, ProvisionedPriceEntry, ProvisionedPriceQuery } from "./provisioned-price.ts";
import { scaleLongContext, scaleRates } from "./rates.ts";

/**
 * What a tier costs as a fraction of the default one: priority 1.75, flex 0.5, batch 0.5 (Portkey's Bedrock price
 * list, 2026-08-21: the same for every model it lists with such a price, save one batch price).
 */
const tierFactors: Readonly<Record<ServiceTier, readonly [bigint, bigint]>> = {
  default: [1n, 1n],
  priority: [7n, 4n],
  flex: [1n, 2n],
  batch: [1n, 2n],
};

interface Dated<Price> {
  readonly fromMs: number;
  readonly price: Price;
}

/** An edition of the price list. It never changes: new prices are a new edition with a new version. */
export class PriceBook {
  /** The day of the edition, for example "2026-11-22". */
  readonly version: string;
  /** By model, route and tier, the newest first. */
  private readonly prices = new Map<string, Dated<ModelPrice>[]>();
  /** By model, commitment and region, the newest first. */
  private readonly provisioned = new Map<string, Dated<ProvisionedPrice>[]>();

  /**
   * Throws a RangeError for an entry that bills nothing, that has a tier for a price by the piece, whose date
   * cannot be read, or that prices the same thing from the same day as another.
   */
  constructor(
    version: string,
    entries: readonly PriceEntry[],
    provisioned: readonly ProvisionedPriceEntry[] = [],
  ) {
    this.version = version;
    for (const entry of entries) {
      for (const tier of serviceTiers) {
        if (tier === "default" || entry.otherTiers?.[tier] !== undefined) {
          const price = priceAt(entry, tier, version);
          for (const route of entry.routes) {
            addDated(this.prices, keyOf(entry.modelId, route, tier), entry.effectiveFrom, price);
          }
        }
      }
    }
    for (const entry of provisioned) {
      this.addProvisioned(entry);
    }
  }

  /** The price in force, or undefined: then the call must be refused, because its cost cannot be bounded. */
  find({ modelId, scope, profile, serviceTier, atMs }: PriceQuery): ModelPrice | undefined {
    const route = scope === "geo" ? profile : scope;
    const price = inForce(this.prices.get(keyOf(modelId, route ?? "", serviceTier)), atMs);
    return price && this.withGuardrails(price, atMs);
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

  /** The price of what is no model and has no route, such as long-term memory. */
  findUnrouted(modelId: string, atMs: number): ModelPrice | undefined {
    return this.find({ modelId, scope: "region", serviceTier: "default", atMs });
  }

  /** What is asked for by the token can be guarded, at the same price whichever model answers. */
  private withGuardrails(price: ModelPrice, atMs: number | undefined): ModelPrice {
    const guardrails = inForce(this.prices.get(keyOf(guardrailsId, "region", "default")), atMs);
    return price.tokenRates === undefined || guardrails === undefined
      ? price
      : { ...price, unitRates: { ...guardrails.unitRates, ...price.unitRates } };
  }

  /**
   * The price of a model unit for an hour, or undefined: then only AWS can tell it. Without a region, only a price
   * that holds in all of them is found.
   */
  provisionedHourPrice({
    modelId,
    commitment,
    region,
    atMs,
  }: ProvisionedPriceQuery): ProvisionedPrice | undefined {
    const priceIn = (where: string) => inForce(this.provisioned.get(keyOf(modelId, commitment, where)), atMs);
    return (region === undefined ? undefined : priceIn(region)) ?? priceIn(everyRegion);
  }

  private addProvisioned({
    nanoUsdPerUnitHour,
    regions,
    effectiveFrom,
    ...entry
  }: ProvisionedPriceEntry): void {
    for (const [commitment, amount] of Object.entries(nanoUsdPerUnitHour)) {
      for (const region of regions ?? [everyRegion]) {
        addDated(this.provisioned, keyOf(entry.modelId, commitment, region), effectiveFrom, {
          ...entry,
          priceBookVersion: this.version,
          commitment: commitment as ProvisionedPrice["commitment"],
          nanoUsdPerUnitHour: amount,
        });
      }
    }
  }
}

const everyRegion = "*";

function inForce<Price>(
  dated: readonly Dated<Price>[] | undefined,
  atMs: number | undefined,
): Price | undefined {
  return (atMs === undefined ? dated?.[0] : dated?.find(({ fromMs }) => fromMs <= atMs))?.price;
}

function addDated<Price>(
  prices: Map<string, Dated<Price>[]>,
  key: string,
  effectiveFrom: string,
  price: Price,
): void {
  const fromMs = Date.parse(`${effectiveFrom}T00:00:00Z`);
  if (Number.isNaN(fromMs)) {
    throw new RangeError(`"${effectiveFrom}" is no date for a price of "${key}".`);
  }
  const dated = prices.get(key) ?? [];
  if (dated.some((other) => other.fromMs === fromMs)) {
    throw new RangeError(`"${key}" has two prices from ${effectiveFrom}.`);
  }
  dated.push({ fromMs, price });
  dated.sort((a, b) => b.fromMs - a.fromMs);
  prices.set(key, dated);
}

function keyOf(...parts: readonly [modelId: string, way: string, where: string]): string {
  return parts.join(" ");
}

function priceAt(entry: PriceEntry, serviceTier: ServiceTier, priceBookVersion: string): ModelPrice {
  const { modelId, source, tokenRates, longContext, unitRates } = entry;
  if (!tokenRates && Object.keys(unitRates ?? {}).length === 0) {
    throw new RangeError(`A price of "${modelId}" bills nothing.`);
  }
  if (unitRates && serviceTier !== "default") {
    throw new RangeError(`What "${modelId}" bills by the piece has no known price at tier "${serviceTier}".`);
  }
  const tierSource = serviceTier === "default" ? undefined : entry.otherTiers?.[serviceTier];
  const [numerator, denominator] = tierFactors[serviceTier];
  return {
    priceBookVersion,
    modelId,
    serviceTier,
    ...(tokenRates && { tokenRates: scaleRates(tokenRates, numerator, denominator) }),
    ...(longContext && { longContext: scaleLongContext(longContext, numerator, denominator) }),
    ...(unitRates && { unitRates }),
    source: tierSource === undefined ? source : `${source}; ${serviceTier}: ${tierSource}`,
  };
}
