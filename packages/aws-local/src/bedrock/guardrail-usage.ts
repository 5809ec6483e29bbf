/** What a simulated guardrail counts and says, whichever operation applies it: every policy but reasoning, on every text. */

const charactersOfTextUnit = 1_000;

/** Of a text that is to be blocked. */
export const blockedMark = "[[blocked]]";
export const blockedText = "[simulated by aws-local] Blocked.";

/** Text units as AWS bills them: of 1,000 characters, of all that is looked at together. */
export function textUnitsOf(texts: readonly string[]): number {
  return Math.ceil(texts.join("").length / charactersOfTextUnit);
}

/** The same as the witness counts them. */
export function servedUnits(texts: number, images: number) {
  return {
    guardrailTopics: texts,
    guardrailContent: texts,
    guardrailPersonalData: texts,
    guardrailGrounding: texts,
    guardrailImages: images,
  };
}

/** GuardrailUsage of Bedrock's API. */
export function guardrailUsage(texts: number, images: number) {
  return {
    topicPolicyUnits: texts,
    contentPolicyUnits: texts,
    wordPolicyUnits: texts,
    sensitiveInformationPolicyUnits: texts,
    sensitiveInformationPolicyFreeUnits: 0,
    contextualGroundingPolicyUnits: texts,
    contentPolicyImageUnits: images,
  };
}
