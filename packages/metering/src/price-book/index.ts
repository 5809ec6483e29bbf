/** What a call costs: dated prices, the cost of a usage, and the most that a call can cost. */
export { addUnits } from "./add-units.ts";
export { currentPriceBook } from "./current-price-book.ts";
export {
  type BilledUnit,
  billedUnits,
  isCallTier,
  type LongContextRates,
  type ModelPrice,
  type PriceEntry,
  type PriceQuery,
  type ServiceTier,
  type TokenRates,
  type UnitCounts,
  type UnitRates,
} from "./model-price.ts";
export { PriceBook } from "./price-book.ts";
export { type PricedUsage, priceUsage, type TokenLine, type UnitLine } from "./price-usage.ts";
export { agentCoreMemoryId, guardrailsId } from "./prices/amazon.ts";
export {
  type Commitment,
  commitments,
  type ProvisionedPrice,
  type ProvisionedPriceQuery,
  priceProvisionedHours,
} from "./provisioned-price.ts";
export { type WorstCase, worstCaseCost } from "./worst-case-cost.ts";
