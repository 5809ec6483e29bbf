/** What guardrails are billed by: text units for each policy, and images. */
import type { UnitCounts } from "@caprock/metering";
import { z } from "zod";

/** A text unit is up to 1,000 characters (Amazon Bedrock pricing, Guardrails). */
const charactersOfTextUnit = 1_000;

/** Automated reasoning is billed for each of its policies, of which a guardrail has at most two (Bedrock user guide). */
const mostReasoningPolicies = 2;

const count = z.int().min(0).nullish();

/** GuardrailUsage (Bedrock Runtime API reference). Word filters, and patterns for personal data, cost nothing. */
export const guardrailUsage = z.looseObject({
  topicPolicyUnits: count,
  contentPolicyUnits: count,
  contentPolicyImageUnits: count,
  sensitiveInformationPolicyUnits: count,
  contextualGroundingPolicyUnits: count,
  automatedReasoningPolicyUnits: count,
});

/** Rounded up for each text, as AWS bills it. */
export function textUnitsOf(text: string): number {
  return Math.ceil(text.length / charactersOfTextUnit);
}

/** The most that so many text units and images can be billed as: under every policy that a guardrail can have. */
export function mostUnits(texts: number, images: number): UnitCounts {
  return {
    guardrailTopics: texts,
    guardrailContent: texts,
    guardrailPersonalData: texts,
    guardrailGrounding: texts,
    guardrailReasoning: texts * mostReasoningPolicies,
    guardrailImages: images,
  };
}

/** What AWS says that it bills; what it does not mention is nothing. */
export function unitsOf(usage: z.infer<typeof guardrailUsage>): UnitCounts {
  return {
    guardrailTopics: usage.topicPolicyUnits ?? 0,
    guardrailContent: usage.contentPolicyUnits ?? 0,
    guardrailPersonalData: usage.sensitiveInformationPolicyUnits ?? 0,
    guardrailGrounding: usage.contextualGroundingPolicyUnits ?? 0,
    guardrailReasoning: usage.automatedReasoningPolicyUnits ?? 0,
    guardrailImages: usage.contentPolicyImageUnits ?? 0,
  };
}
