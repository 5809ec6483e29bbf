/** A chargeback row in the columns of FOCUS 1.2: what each column holds, and why. */
import type { NanoUsd, Tenant } from "@caprock/domain";
import { tokensPerRate } from "../price-book/price-usage.ts";
import { agentCoreMemoryId } from "../price-book/prices/amazon.ts";
import type { CsvValue } from "./csv.ts";
import type { InstantRange } from "./list-cells.ts";
import { type BilledItem, isTokenClass } from "./share-cost.ts";
import type { UsageLine } from "./usage-cell.ts";

export interface FocusRow {
  readonly tenant: Tenant;
  readonly bill: InstantRange;
  readonly charge: InstantRange;
  readonly application: string;
  readonly apiKeyId: string;
  readonly modelId: string;
  readonly serviceTier: string;
  readonly markupBasisPoints: number;
  readonly simulated: boolean;
  readonly isCorrection: boolean;
  /** What was used; absent for an adjustment, which changes a price or a count and not a price times a count. */
  readonly metered?: UsageLine;
  readonly adjusted?: { readonly id: string; readonly reason: string };
  readonly listCostNanoUsd: NanoUsd;
  readonly costNanoUsd: NanoUsd;
  readonly estimatedCostNanoUsd: NanoUsd;
}

export interface FocusNames {
  readonly publisherOf: (modelId: string) => string;
  readonly region: string;
}

const itemNames: Readonly<Record<BilledItem, { readonly meter: string; readonly unit: string }>> = {
  input: { meter: "Input tokens", unit: "Tokens" },
  cacheRead: { meter: "Cache read tokens", unit: "Tokens" },
  cacheWrite5m: { meter: "Cache write tokens, 5 minutes", unit: "Tokens" },
  cacheWrite1h: { meter: "Cache write tokens, 1 hour", unit: "Tokens" },
  output: { meter: "Output tokens", unit: "Tokens" },
  image: { meter: "Images", unit: "Images" },
  inputImage: { meter: "Input images", unit: "Images" },
  query: { meter: "Queries", unit: "Queries" },
  guardrailTopics: { meter: "Guardrail text units, denied topics", unit: "Units" },
  guardrailContent: { meter: "Guardrail text units, content filters", unit: "Units" },
  guardrailPersonalData: { meter: "Guardrail text units, sensitive information", unit: "Units" },
  guardrailGrounding: { meter: "Guardrail text units, contextual grounding", unit: "Units" },
  guardrailReasoning: { meter: "Guardrail text units, automated reasoning", unit: "Units" },
  guardrailImages: { meter: "Guardrail images", unit: "Images" },
  memoryEvent: { meter: "Memory events", unit: "Events" },
  memoryRetrieval: { meter: "Memory retrievals", unit: "Retrievals" },
  other: { meter: "Other", unit: "Requests" },
};

type Column = (row: FocusRow, names: FocusNames) => CsvValue;

const isUnit = ({ metered }: FocusRow) => metered !== undefined && metered.item !== "other";
const meterOf = ({ metered }: FocusRow) => metered && itemNames[metered.item].meter;
const unitOf = (row: FocusRow) => (isUnit(row) && row.metered ? itemNames[row.metered.item].unit : undefined);
const quantityOf = (row: FocusRow) => (isUnit(row) ? row.metered?.quantity : undefined);
const costOf = ({ costNanoUsd }: FocusRow) => costNanoUsd;
const skuOf = ({ modelId, serviceTier, metered }: FocusRow) =>
  metered && `${modelId}/${serviceTier}/${metered.item}`;

/**
 * By name, as FOCUS orders them; own columns begin with `x_`. The seller is the platform that runs Caprock, so that
 * its invoice is the chargeback: billed, contracted and effective cost are what the tenant is charged, list cost is
 * AWS's list price. Instants are UTC, as FOCUS asks; the days and months are those of the tenant's time zone.
 */
const columns: Readonly<Record<string, Column>> = {
  BilledCost: costOf,
  BillingAccountId: () => "caprock",
  BillingAccountName: () => "Caprock",
  BillingCurrency: () => "USD",
  BillingPeriodEnd: ({ bill }) => utc(bill.endMs),
  BillingPeriodStart: ({ bill }) => utc(bill.startMs),
  ChargeCategory: () => "Usage",
  ChargeClass: ({ isCorrection }) => (isCorrection ? "Correction" : undefined),
  ChargeDescription: (row) => row.adjusted?.reason ?? `${meterOf(row)} of ${row.modelId}`,
  ChargeFrequency: () => "Usage-Based",
  ChargePeriodEnd: ({ charge }) => utc(charge.endMs),
  ChargePeriodStart: ({ charge }) => utc(charge.startMs),
  ConsumedQuantity: quantityOf,
  ConsumedUnit: unitOf,
  ContractedCost: costOf,
  ContractedUnitPrice: (row) => unitPrice(row, 10_000n + BigInt(row.markupBasisPoints)),
  EffectiveCost: costOf,
  InvoiceIssuerName: () => "Caprock",
  ListCost: ({ listCostNanoUsd }) => listCostNanoUsd,
  ListUnitPrice: (row) => unitPrice(row, 10_000n),
  PricingCategory: (row) => (isUnit(row) ? "Standard" : undefined),
  PricingQuantity: quantityOf,
  PricingUnit: unitOf,
  ProviderName: () => "AWS",
  PublisherName: ({ modelId }, { publisherOf }) => publisherOf(modelId),
  RegionId: (_, { region }) => region,
  ResourceId: ({ apiKeyId }) => apiKeyId,
  ResourceType: () => "API Key",
  ServiceCategory: () => "AI and Machine Learning",
  ServiceName: ({ modelId }) =>
    modelId === agentCoreMemoryId ? "Amazon Bedrock AgentCore" : "Amazon Bedrock",
  ServiceSubcategory: () => "Generative AI",
  SkuId: skuOf,
  SkuMeter: meterOf,
  SkuPriceId: (row) => row.metered && `${skuOf(row)}/${row.metered.rateNanoUsd}`,
  SubAccountId: ({ tenant }) => tenant.id,
  SubAccountName: ({ tenant }) => tenant.name,
  SubAccountType: () => "Tenant",
  Tags: ({ application, apiKeyId, modelId, serviceTier }) =>
    JSON.stringify({ application, apiKey: apiKeyId, model: modelId, serviceTier }),
  x_AdjustmentId: ({ adjusted }) => adjusted?.id,
  x_Application: ({ application }) => application,
  x_EstimatedCost: ({ estimatedCostNanoUsd }) => estimatedCostNanoUsd,
  x_ModelId: ({ modelId }) => modelId,
  x_ServiceTier: ({ serviceTier }) => serviceTier,
  x_Simulated: ({ simulated }) => simulated,
};

export const focusColumns: readonly string[] = Object.keys(columns);

/** The row's value for each of `focusColumns`. */
export function focusValues(row: FocusRow, names: FocusNames): readonly CsvValue[] {
  return Object.values(columns).map((column) => column(row, names));
}

/** Nine digits of nano-USD, six of a millionth token, four of a basis point. */
const priceDecimals = 19;

/** The price of one token or unit at `basisPoints` of the list price, exact, without trailing zeros. */
function unitPrice(row: FocusRow, basisPoints: bigint): string | undefined {
  if (!row.metered || !isUnit(row)) {
    return undefined;
  }
  const { item, rateNanoUsd } = row.metered;
  const digits = (rateNanoUsd * (isTokenClass(item) ? 1n : tokensPerRate) * basisPoints)
    .toString()
    .padStart(priceDecimals + 1, "0");
  const [whole, fraction] = [
    digits.slice(0, -priceDecimals),
    digits.slice(-priceDecimals).replace(/0+$/, ""),
  ];
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** FOCUS writes seconds, and none of our periods begins within one. */
function utc(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(".000Z", "Z");
}
