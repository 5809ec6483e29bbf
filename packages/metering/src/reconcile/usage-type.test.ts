import { expect, test } from "vitest";
import { parseDecimal } from "./decimal.ts";
import { componentOf, piecesOfUnit, tokensOfUnit } from "./usage-type.ts";

test.each([
  ["USE1-Claude4.6Sonnet-input-tokens", "input"],
  ["USE1-Claude4.6Sonnet-output-tokens", "output"],
  ["USE1-Claude4.6Sonnet-cache-read-input-token-count", "cacheRead"],
  ["USE1-Claude4.6Opus-cache-write-input-token-count-cross-region-global", "cacheWrite"],
  ["USE1-Nova2.0Lite-input-tokens-flex", "input"],
  ["USE1-Nova2.0Lite-input-tokens-cross-region-global-batch", "input"],
  ["USE1-openai.gpt-oss-120b-mantle-output-tokens-standard", "output"],
  ["USE1-MP:USE1_InputTokenCount-Units", "input"],
  ["USE1-MP:USE1_OutputTokenCount_Global-Units", "output"],
  ["USE1-MP:USE1_CacheReadInputTokenCount-Units", "cacheRead"],
  ["USE1-MP:USE1_CacheWriteInputTokenCount_Global-Units", "cacheWrite"],
  ["USE1-MP:USE1_CacheWrite1hInputTokenCount-Units", "cacheWrite"],
  ["USW2-MP:USW2_input_tokens_long_ctx_global_standard-Units", "input"],
  ["USW2-MP:USW2_created_image-Units", "units"],
  ["USE1-Rerank-v1-search-units", "units"],
  ["USE1-Guardrail-ContentPolicyUnitsConsumed", "units"],
  ["USE1-Guardrail-ContentPolicyImageUnitsConsumed", "units"],
  ["USE1-Guardrail-TopicPolicyUnitsConsumed", "units"],
  ["EUW2-Guardrail-SensitiveInformationPolicyPaidUnitsConsumed", "units"],
  ["EUW2-Guardrail-ContextualGroundingPolicyUnitsConsumed", "units"],
  ["USE1-Guardrail-AutomatedReasoningPolicyUnitsConsumed", "units"],
  ["USE1-Guardrail-SensitiveInformationPolicyFreeUnitsConsumed", undefined],
  ["USE1-Guardrail-WordPolicyUnitsConsumed", undefined],
  ["USE1-GuardrailChecks-ContentFilterCheckUnitsConsumed", undefined],
  ["USE1-Claude4Sonnet-Reserved-input-TPM", undefined],
  ["USE1-Claude2-ProvisionedThroughput-ModelUnits", undefined],
  ["USE1-TitanText-Customization-Training", undefined],
  ["USE1-BoxUsage:m5.large", undefined],
])("%s counts %s", (usageType, component) => {
  expect(componentOf(usageType)).toBe(component);
});

test("amounts are in the pricing unit's tokens, and an unknown unit has none", () => {
  expect(["1K tokens", "1M tokens", "Tokens", "Units", "1,000 tokens"].map(tokensOfUnit)).toEqual([
    1_000n,
    1_000_000n,
    1n,
    1_000_000n,
    1_000n,
  ]);
  expect(tokensOfUnit("Hrs")).toBeUndefined();
});

test("what is billed by the piece is counted singly, unless its unit is a thousand", () => {
  expect(
    ["TextUnit", "Image", "1K TextUnits", "1K units", "1,000 queries", "1Kish"].map(piecesOfUnit),
  ).toEqual([1n, 1n, 1_000n, 1_000n, 1_000n, 1n]);
});

test.each([
  ["0.0000123", 15, 12_300_000_000n],
  ["1.23E-5", 15, 12_300_000_000n],
  ["12", 3, 12_000n],
  ["-0.5", 0, -1n],
  ["0.4999", 0, 0n],
  ["1.5e2", 0, 150n],
  ["3.", 1, 30n],
  ["", 3, undefined],
  ["1,000", 3, undefined],
  ["NaN", 3, undefined],
  ["1e400", 3, undefined],
])("%s times ten to the %d is %s", (text, decimals, expected) => {
  expect(parseDecimal(text, decimals)).toBe(expected);
});
