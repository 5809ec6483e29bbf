/** Applying a guardrail as a turn's operation: texts and images in, an assessment out, billed by text units. */
import { CaprockError, type Model, noTokens, type Refusal, refusal } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import type { UnitCounts } from "@caprock/metering";
import { z } from "zod";
import { guardrailUsage, mostUnits, textUnitsOf, unitsOf } from "./guardrail-units.ts";
import type { Operation, PlannedCall, Sending } from "./operation.ts";

/** What a caller of ApplyGuardrail sent; the body is passed on as it is. */
export interface GuardrailRequest {
  readonly guardrailId: string;
  readonly version: string;
  readonly body: JsonObject;
}

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

/** ApplyGuardrail as an operation of turns. Its plan refuses a body without content with `invalid_request`. */
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
  const texts = content.reduce((units, { text }) => units + textUnitsOf(text?.text ?? ""), 0);
  const units = mostUnits(texts, content.filter(({ image }) => image !== undefined).length);
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
