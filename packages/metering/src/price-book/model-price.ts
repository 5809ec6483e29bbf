/** What a price is: rates by token class, by image and by query, for one way of calling one model. */
import type { NanoUsd, ProfileScope, TokenClass } from "@caprock/domain";

/**
 * Nano-USD for a million tokens of each class. A class that is absent has no published price; `input` and
 * `output` always have one. See `rateOf` for how tokens of an absent class are charged.
 */
export type TokenRates = Readonly<
  { input: NanoUsd; output: NanoUsd } & Partial<Record<Exclude<TokenClass, "input" | "output">, NanoUsd>>
>;

/** Rates that replace the usual ones for the whole of a request whose prompt is longer than the threshold. */
export interface LongContextRates {
  /** Counted over everything the model read, cache reads and writes included; the price holds above it. */
  readonly thresholdTokens: number;
  readonly rates: TokenRates;
}

/** What is billed by the piece and not by the token. */
export const billedUnits = [
  "image",
  "inputImage",
  "query",
  "guardrailTopics",
  "guardrailContent",
  "guardrailPersonalData",
  "guardrailGrounding",
  "guardrailReasoning",
  "guardrailImages",
  "memoryEvent",
  "memoryRetrieval",
] as const;
/**
 * `image`: one that was drawn. `inputImage`: one that was embedded. `query`: one rerank of up to 100 documents. Those of
 * guardrails: a text unit of up to 1,000 characters under the policy named, and an image under that of content.
 * `memoryEvent`: one that AgentCore stored. `memoryRetrieval`: one search of its records.
 */
export type BilledUnit = (typeof billedUnits)[number];

/** Nano-USD for one of each unit; a unit that is absent cannot be billed. */
export type UnitRates = Readonly<Partial<Record<BilledUnit, NanoUsd>>>;
/** How many of each unit a call used. */
export type UnitCounts = Readonly<Partial<Record<BilledUnit, number>>>;

/**
 * The tiers that can be priced by the call. Bedrock's `reserved` tier is none of them: its capacity is sold by the
 * month, for a thousand tokens a minute, at prices that AWS tells its customers only, so that calls at it find no
 * price and are refused.
 */
export const serviceTiers = ["default", "priority", "flex", "batch"] as const;
export type ServiceTier = (typeof serviceTiers)[number];

/** Whether a single call may ask for a tier; `batch` is the price of bulk jobs only. */
export function isCallTier(serviceTier: string): boolean {
  return serviceTier !== "batch";
}

/** The price of calling one model in one way. */
export interface ModelPrice {
  /** Which edition of the price book it is from; part of every receipt. */
  readonly priceBookVersion: string;
  readonly modelId: string;
  readonly serviceTier: ServiceTier;
  /** Absent for a model that is billed by the piece only: its tokens cost nothing. */
  readonly tokenRates?: TokenRates;
  readonly longContext?: LongContextRates;
  readonly unitRates?: UnitRates;
  /** Where the figures were read. */
  readonly source: string;
}

/** A way of calling a model, as routing and the request determine it. */
export interface PriceQuery {
  /** The id without a profile prefix. */
  readonly modelId: string;
  readonly scope: ProfileScope;
  /** The inference profile's prefix; needed when the scope is "geo". */
  readonly profile?: string;
  /** As Bedrock names it; a tier that the book does not price finds nothing. */
  readonly serviceTier: string;
  /** When the call arrives (epoch milliseconds); the newest price when absent. */
  readonly atMs?: number;
}

/** One dated line of the book, for the default tier. */
export interface PriceEntry {
  readonly modelId: string;
  /** Where the price holds: "region" for the bare id, else inference profile prefixes. */
  readonly routes: readonly string[];
  /** The first day (UTC) it is known to hold: "2026-08-01". Until then the entry before it does, if any. */
  readonly effectiveFrom: string;
  readonly source: string;
  readonly tokenRates?: TokenRates;
  readonly longContext?: LongContextRates;
  readonly unitRates?: UnitRates;
  /** Tiers besides "default" that are known to be served and priced for this model, each with where that was read. */
  readonly otherTiers?: Readonly<Partial<Record<Exclude<ServiceTier, "default">, string>>>;
}
