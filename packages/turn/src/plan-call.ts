/**
 * Plans a call with what was learned of its model's tokens, has older turns searched where the window leaves some out, and has
 * the model count a prompt that is near its window.
 */
import { MessageMeasures } from "@caprock/context";
import { type ModelRoute, type Refusal, refusal } from "@caprock/domain";
import { countInputOf } from "@caprock/inference";
import { contextPolicyOf } from "./context-policy-of.ts";
import type { PlannedCall, PlanOptions } from "./operation.ts";
import type { OpenSession } from "./remember.ts";
import type { SearchableHistory } from "./search/searchable-history.ts";
import { pastOf } from "./session-history.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** The estimate may be off by so much; where that could overflow the window, the model's own count is worth a call. */
const nearWindow = 0.95;

/** What is known of a call before its model is. */
export interface Known extends Pick<PlanOptions, "streamed" | "memories" | "preferences"> {
  /** Its history goes in front. */
  readonly session?: OpenSession | undefined;
}

/**
 * Refuses what the operation refuses, and a session of what is no chat. When the model counts more than its window holds, the prompt is fitted again by that
 * count; a count that fails changes nothing.
 */
export async function planCall<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  { model }: ModelRoute,
  { session, ...known }: Known,
  parts: TurnParts,
): Promise<PlannedCall<Answer, Frame> | Refusal> {
  const { operation, signal } = request;
  const measures = session?.measures ?? new MessageMeasures();
  const how = { ...known, ...(session && pastOf(session)), measures };
  const { defaultMaxOutputTokens, openStreamMaxOutputTokens, bedrock, calibration } = parts;
  const plan = (search: SearchableHistory | undefined) =>
    operation.plan(model, {
      ...how,
      search,
      askedAtMs: request.arrivedAtMs,
      contextPolicy: contextPolicyOf(request),
      defaultMaxOutputTokens,
      openStreamMaxOutputTokens,
      tokenCorrection: calibration.correctionOf(model.id),
    });
  let call = plan(undefined);
  const { searchable: messages } = "refused" in call ? {} : call;
  const tenantId = request.caller.tenant.id;
  const search =
    messages && (await parts.search.open({ requestId: request.requestId, tenantId, session, messages }));
  if (search) {
    call = plan(search);
  }
  if (session && !("refused" in call) && call.conversation === undefined) {
    return refusal({
      code: "unsupported_parameter",
      message: "Only chats have sessions: leave out the session on this route.",
      param: "session",
    });
  }
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
  return plan(search);
}
