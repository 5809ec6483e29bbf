/** Reads one line of a Cost and Usage Report 2.0. */
import { z } from "zod";
import type { BillingLine } from "../reconcile/billing-export.ts";
import { parseDecimal } from "../reconcile/decimal.ts";
import { componentOf, piecesOfUnit, tokensOfUnit } from "../reconcile/usage-type.ts";

/** Which cost allocation tags of an application inference profile name the tenant and the model, as AWS has their keys. */
export interface BillingTags {
  readonly tenant: string;
  readonly model: string;
}

/**
 * The columns used (AWS Data Exports user guide, "table-dictionary-cur2": all in snake case). `pricing_unit` tells
 * what `line_item_usage_amount` counts. Other columns are passed over.
 */
export const billingRow = z.looseObject({
  line_item_usage_start_date: z.string(),
  line_item_product_code: z.string(),
  line_item_line_item_type: z.string(),
  line_item_usage_type: z.string(),
  line_item_usage_amount: z.string(),
  line_item_unblended_cost: z.string(),
  line_item_currency_code: z.string().optional(),
  pricing_unit: z.string(),
});
export type BillingRow = z.infer<typeof billingRow>;

/** Millionths of a nano-USD, and billionths of a count, as `BillingLine` has them. */
const costDecimals = 15;
const countDecimals = 9;

/** Credits, taxes, refunds and fees are no usage. */
const usageTypes = new Set(["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"]);

/**
 * Undefined for a line that is not usage of Bedrock by the call, `unreadable` for one that is and makes no sense. A
 * model that is sold through the Marketplace has its own product code: such a line is known by its usage type.
 */
export function readBillingLine(row: BillingRow, tags: BillingTags): BillingLine | "unreadable" | undefined {
  const usageType = row.line_item_usage_type;
  const component = componentOf(usageType);
  const isBedrock = row.line_item_product_code.startsWith("AmazonBedrock");
  const isTokens = component !== undefined && component !== "units";
  if (!usageTypes.has(row.line_item_line_item_type) || !(isTokens || (isBedrock && component))) {
    return undefined;
  }
  const startMs = Date.parse(utc(row.line_item_usage_start_date));
  const amountParts = parseDecimal(row.line_item_usage_amount, countDecimals);
  const costParts = parseDecimal(row.line_item_unblended_cost, costDecimals);
  const countOfUnit = isTokens ? tokensOfUnit(row.pricing_unit) : piecesOfUnit(row.pricing_unit);
  const isUsd = (row.line_item_currency_code ?? "USD") === "USD";
  if (
    Number.isNaN(startMs) ||
    amountParts === undefined ||
    costParts === undefined ||
    countOfUnit === undefined ||
    !isUsd
  ) {
    return "unreadable";
  }
  return {
    startMs,
    tenantId: tagOf(row, tags.tenant) ?? "",
    modelId: tagOf(row, tags.model) ?? usageType,
    component,
    countParts: amountParts * countOfUnit,
    costParts,
  };
}

/** Times without a zone are UTC's, as all of AWS's bills are. */
function utc(text: string): string {
  return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(" ", "T")}Z`;
}

const tagMap = z.record(z.string(), z.string());

/**
 * The value of a tag. CUR 2.0 has all tags in the map `resource_tags`, where the key `caprock-tenant` reads
 * `user_caprock_tenant`; an export whose query picks a key has it as a column `resource_tags_user_caprock_tenant`.
 * That a CSV file writes the map as JSON was read in public readers of such files, not in a text of AWS.
 */
function tagOf(row: BillingRow, key: string): string | undefined {
  const wanted = normalized(key);
  const map = tagMap.safeParse(parseJson(row.resource_tags));
  const entries: [string, unknown][] = [
    ...Object.entries(map.success ? map.data : {}),
    ...Object.entries(row).filter(([column]) => column.startsWith("resource_tags_")),
  ];
  const found = entries.find(([name]) => normalized(name) === wanted)?.[1];
  return typeof found === "string" && found !== "" ? found : undefined;
}

function normalized(key: string): string {
  return key
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^resource_tags_/, "")
    .replace(/^user_/, "");
}

function parseJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}
