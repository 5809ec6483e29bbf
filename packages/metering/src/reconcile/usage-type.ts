/** Reads AWS's names for what it bills of Bedrock. */
import type { DriftComponent } from "./reconciliation.ts";

/**
 * The component that a usage type counts; undefined for what is not counted by the call (provisioned and reserved
 * capacity, customisation, storage) and for what is unknown.
 *
 * The forms (AWS Bedrock user guide, "cost-mgmt-understanding-cur-data"): `<region>-<model>-input-tokens`,
 * `-output-tokens`, `-cache-read-input-token-count`, `-cache-write-input-token-count`, with `-flex`, `-priority`,
 * `-batch`, `-cross-region-global` or `-mantle-…-standard` around them. Models that are sold through the Marketplace
 * are billed as `<region>-MP:<region>_InputTokenCount[_Global]-Units`, `OutputTokenCount`, `CacheReadInputTokenCount`,
 * `CacheWriteInputTokenCount`, `CacheWrite1hInputTokenCount`, or `<region>_input_tokens_…-Units`; these forms were read in public readers of price lists and
 * bills, not in a text of AWS, and so was how images, search units and text units are named:
 * `<region>-Guardrail-ContentPolicyUnitsConsumed`, `Topic…`, `ContextualGrounding…`, `SensitiveInformationPolicyPaidUnitsConsumed`.
 * Word filters and patterns of personal data are listed too, free of charge, and are no units of ours.
 */
export function componentOf(usageType: string): DriftComponent | undefined {
  const words = usageType
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll("_", "-");
  if (/reserved|provisioned|model-?unit|tpm|customi[sz]ation|training|storage/.test(words)) {
    return undefined;
  }
  if (words.includes("token")) {
    const found = tokenForms.find(([form]) => form.test(words));
    return found?.[1];
  }
  if (words.includes("guardrail")) {
    return /-policy-(paid-|image-)?units-consumed$/.test(words) && !words.includes("-word-policy")
      ? "units"
      : undefined;
  }
  return /image|search-?unit|quer(y|ies)/.test(words) ? "units" : undefined;
}

/** The first that fits: a cache's tokens are input tokens by name as well. */
const tokenForms: readonly (readonly [RegExp, DriftComponent])[] = [
  [/cache-?read/, "cacheRead"],
  [/cache-?write/, "cacheWrite"],
  [/(output|response)-tokens?/, "output"],
  [/input-tokens?/, "input"],
];

/**
 * How many tokens one of a pricing unit is; undefined for an unknown unit. A Marketplace model's "Units" are
 * millions of tokens (its price list gives prices for them that are the published ones for a million).
 */
export function tokensOfUnit(pricingUnit: string): bigint | undefined {
  const unit = pricingUnit.trim().toLowerCase().replaceAll(",", "");
  return tokensByUnit.get(unit);
}

/** How many images, queries or text units one of a pricing unit is: most are priced singly, some by the thousand. */
export function piecesOfUnit(pricingUnit: string): bigint {
  return /^(1k|1,?000)\s/i.test(pricingUnit.trim()) ? 1_000n : 1n;
}

const tokensByUnit: ReadonlyMap<string, bigint> = new Map([
  ["token", 1n],
  ["tokens", 1n],
  ["1k tokens", 1_000n],
  ["1000 tokens", 1_000n],
  ["1m tokens", 1_000_000n],
  ["1000000 tokens", 1_000_000n],
  ["million tokens", 1_000_000n],
  ["units", 1_000_000n],
]);
