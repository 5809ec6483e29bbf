/** Plans a call with what was learned of its model's tokens, and has the model count a prompt that is near its window. */
import type { ModelRoute, Refusal } from "@caprock/domain";
import { countInputOf } from "@caprock/inference";
import { contextPolicyOf } from "./context-policy-of.ts";
import type { PlannedCall, PlanOptions } from "./operation.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** The estimate may be off by so much; where that could overflow the window, the model's own count is worth a call. */
const nearWindow = 0.95;

/**
 * Refuses what the operation refuses. When the model counts more than its window holds, the prompt is fitted again by that
 * count; a count that fails changes nothing.
 */
export async function planCall<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  { model }: ModelRoute,
  how: Pick<PlanOptions, "streamed" | "history" | "historyIds" | "summary" | "memories">,
  parts: TurnParts,
): Promise<PlannedCall<Answer, Frame> | Refusal> {
  const { operation, signal } = request;
  const { defaultMaxOutputTokens, openStreamMaxOutputTokens, bedrock, calibration } = parts;
  const plan = () =>
    operation.plan(model, {
      ...how,
      contextPolicy: contextPolicyOf(request),
      defaultMaxOutputTokens,
      openStreamMaxOutputTokens,
      tokenCorrection: calibration.correctionOf(model.id),
    });
  const call = plan();
  if ("refused" in call || !call.countable || !call.calibrates || !model.supports.countTokens) {
    return call;
  }
  const { estimatedTokens } = call.calibrates;
  const roomTokens = model.contextWindowTokens - call.bounds.maxOutputTokens;
  if (estimatedTokens < roomTokens * nearWindow) {
    return call;
  }
  const reportedTokens = await bedrock
    .countTokens({ modelId: model.id, input: countInputOf(call.countable), signal })
    .catch(() => undefined);
  if (reportedTokens === undefined || reportedTokens <= roomTokens) {
    return call;
  }
  calibration.observe(model.id, { ...call.calibrates, reportedTokens });
  return plan();
}
