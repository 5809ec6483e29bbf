/** Applying a guardrail as a turn's operation: texts and images in, an assessment out, billed by text units. */
import { CaprockError, type Model, noTokens, type Refusal, refusal } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import type { UnitCounts } from "@caprock/metering";
import { z } from "zod";
import type { Operation, PlannedCall, Sending } from "./operation.ts";

/** The catalog's name for what is billed when a guardrail is applied: guardrails belong to no model. */
export const guardrailsModelId = "amazon.bedrock-guardrails";

/** What a caller of ApplyGuardrail sent; the body is passed on as it is. */
export interface GuardrailRequest {
  readonly guardrailId: string;
  readonly version: string;
  readonly body: JsonObject;
}

/** A text unit is up to 1,000 characters (Amazon Bedrock pricing, Guardrails). */
const charactersOfTextUnit = 1_000;

/** Automated reasoning is billed for each of its policies, of which a guardrail has at most two (Bedrock user guide). */
const mostReasoningPolicies = 2;

const guardrailBody = z.looseObject({
  content: z
    .array(
      z.looseObject({
        text: z.looseObject({ text: z.string() }).optional(),
        image: z.unknown().optional(),
      }),
    )
    .min(1, "must have at least one block"),
});

const count = z.int().min(0).nullish();

/** GuardrailUsage (Bedrock Runtime API reference). Word filters, and patterns for personal data, cost nothing. */
const guardrailUsage = z.looseObject({
  topicPolicyUnits: count,
  contentPolicyUnits: count,
  contentPolicyImageUnits: count,
  sensitiveInformationPolicyUnits: count,
  contextualGroundingPolicyUnits: count,
  automatedReasoningPolicyUnits: count,
});

export function guardrail(request: GuardrailRequest): Operation<JsonObject, never> {
  return { portable: false, plan: (model) => plan(request, model) };
}

function plan(request: GuardrailRequest, model: Model): PlannedCall<JsonObject, never> | Refusal {
  const parsed = guardrailBody.safeParse(request.body);
  if (!parsed.success || model.modality !== "guardrail") {
    const issue = parsed.error?.issues[0];
    const param = issue?.path.map(String).join(".") || "content";
    return refusal({ code: "invalid_request", message: `${param}: ${issue?.message ?? "is wrong"}.`, param });
  }
  const { content } = parsed.data;
  // Cut block by block, texts make at least as many units as together.
  const texts = content.reduce(
    (units, { text }) => units + Math.ceil((text?.text.length ?? 0) / charactersOfTextUnit),
    0,
  );
  const units: UnitCounts = {
    guardrailTopics: texts,
    guardrailContent: texts,
    guardrailPersonalData: texts,
    guardrailGrounding: texts,
    guardrailReasoning: texts * mostReasoningPolicies,
    guardrailImages: content.filter(({ image }) => image !== undefined).length,
  };
  return {
    serviceTier: "default",
    bounds: {
      inputTokensCeiling: 0,
      maxOutputTokens: 0,
      openEnded: false,
      showsAllOutput: true,
      hourCache: false,
      units,
    },
    promptTokens: 0,
    send: (sending) => send(request, units, sending),
    stream: () =>
      Promise.reject(new CaprockError({ code: "internal_error", message: "No stream of assessments." })),
  };
}

async function send(
  { guardrailId, version, body }: GuardrailRequest,
  most: UnitCounts,
  { bedrock, signal, told }: Sending,
): Promise<JsonObject> {
  const answer = await bedrock.applyGuardrail({ guardrailId, version, body, signal });
  const usage = guardrailUsage.safeParse(answer.usage);
  if (usage.success) {
    told.used({ usage: noTokens, units: unitsOf(usage.data) });
  } else {
    told.inDoubt({ hasBegun: true, promptTokens: 0, units: most });
  }
  return answer;
}

function unitsOf(usage: z.infer<typeof guardrailUsage>): UnitCounts {
  return {
    guardrailTopics: usage.topicPolicyUnits ?? 0,
    guardrailContent: usage.contentPolicyUnits ?? 0,
    guardrailPersonalData: usage.sensitiveInformationPolicyUnits ?? 0,
    guardrailGrounding: usage.contextualGroundingPolicyUnits ?? 0,
    guardrailReasoning: usage.automatedReasoningPolicyUnits ?? 0,
    guardrailImages: usage.contentPolicyImageUnits ?? 0,
  };
}
