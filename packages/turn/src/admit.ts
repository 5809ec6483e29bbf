/** Lets a call through if its worst case fits under every limit of the tenant, and holds that worst case. */

import { type ModelRoute, markupAt, type Refusal, refusal } from "@caprock/domain";
import { countInputOf } from "@caprock/inference";
import {
  billedUnits,
  charged,
  isCallTier,
  type ModelPrice,
  metadataKeys,
  type Reservation,
  type WorstCaseUse,
  worstCaseCost,
} from "@caprock/metering";
import type { CallBounds, PlannedCall } from "./operation.ts";
import { OutputSlices, outputSliceTokens } from "./output-slices.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** A call that may be made: what to send, what it may cost, what is held for it. */
export interface AdmittedTurn<Answer = unknown, Frame = unknown> {
  readonly request: TurnRequest<Answer, Frame>;
  readonly route: ModelRoute;
  readonly call: PlannedCall<Answer, Frame>;
  /** Names the call in Bedrock's invocation log, by which its true cost is found if Caprock dies meanwhile. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly price: ModelPrice;
  readonly markupBasisPoints: number;
  readonly serviceTier: string;
  /** What was held before the call; `slices` holds more while it runs. */
  readonly reservation: Reservation;
  /** Present where the answer is held for in slices. */
  readonly slices: OutputSlices | undefined;
  /** The most that the call can use if its answer ends at so many tokens. */
  readonly worstCaseOf: (outputTokens: number) => WorstCaseUse;
  /** The bounds that the hold was computed from; no estimate may pass them. */
  readonly bounds: CallBounds;
}

/**
 * Refuses with `model_unpriced`, `rate_limited` or `budget_exceeded`; then nothing is held. A prompt is taken for as many
 * tokens as it can be, some four times what it is; before a call is refused for that, the model is asked to count.
 */
export async function admit<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  route: ModelRoute,
  call: PlannedCall<Answer, Frame>,
  parts: TurnParts,
): Promise<AdmittedTurn<Answer, Frame> | Refusal> {
  const { bounds, countable } = call;
  const admitted = await tryAdmit(request, route, call, bounds, parts);
  if (!("refused" in admitted) || !countable || !countingMayHelp(admitted, route, call)) {
    return admitted;
  }
  const counted = await parts.bedrock
    .countTokens({ modelId: route.model.id, input: countInputOf(countable), signal: request.signal })
    .catch(() => undefined);
  return counted === undefined || counted >= bounds.inputTokensCeiling
    ? admitted
    : tryAdmit(request, route, call, { ...bounds, inputTokensCeiling: counted }, parts);
}

/** Whether a call that was refused for money or tokens could fit if its prompt counts as little as it may. */
function countingMayHelp(
  { refused: { details = {} } }: Refusal,
  { model }: ModelRoute,
  { bounds, promptTokens }: PlannedCall<unknown, unknown>,
): boolean {
  const { unit, remaining, needed } = details;
  if (!model.supports.countTokens || (unit !== "nanoUsd" && unit !== "tokens")) {
    return false;
  }
  // Half of the estimate is less than any count, and the answer's share of the need stays as it is.
  const leastShare = promptTokens / 2 / bounds.inputTokensCeiling;
  return Number(remaining) >= Number(needed) * leastShare;
}

/** Tiers that a call can ask for (Bedrock Runtime API reference, ServiceTier); a tier may still have no price. */
const askableTiers: readonly string[] = ["default", "priority", "flex", "reserved"];

async function tryAdmit<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  route: ModelRoute,
  call: PlannedCall<Answer, Frame>,
  bounds: CallBounds,
  parts: TurnParts,
): Promise<AdmittedTurn<Answer, Frame> | Refusal> {
  const { serviceTier } = call;
  if (!askableTiers.includes(serviceTier)) {
    return refusal({
      code: "invalid_request",
      message: `serviceTier.type must be one of ${askableTiers.join(", ")}, not "${serviceTier.slice(0, 40)}".`,
      param: "serviceTier",
    });
  }
  const price = isCallTier(serviceTier)
    ? parts.priceBook.findForRoute(route, serviceTier, request.arrivedAtMs)
    : undefined;
  if (!price || !covers(price, bounds)) {
    parts.onUnpriced({ modelId: route.model.id, serviceTier, profile: route.profile });
    return refusal({
      code: "model_unpriced",
      message: `"${request.modelId}" has no price for service tier "${serviceTier}", so its cost cannot be capped.`,
      param: serviceTier === "default" ? "model" : "serviceTier",
    });
  }
  const { maxOutputTokens, openEnded } = bounds;
  const { requestId, caller } = request;
  const markupBasisPoints = markupAt(caller.tenant, request.arrivedAtMs);
  const worstCaseOf = worstCases(price, bounds, markupBasisPoints);
  const reservation = await parts.admission.reserve({
    requestId,
    tenant: caller.tenant,
    platform: await parts.platformLimits(),
    apiKeyId: caller.apiKey.id,
    application: caller.apiKey.application,
    modelId: route.model.id,
    ...worstCaseOf(openEnded ? Math.min(outputSliceTokens, maxOutputTokens) : maxOutputTokens),
    extends: (openEnded && maxOutputTokens > outputSliceTokens) || call.searchAgain !== undefined,
  });
  if ("refused" in reservation) {
    return reservation;
  }
  return {
    request,
    route,
    call,
    metadata: metadataOf(request, route, reservation),
    price,
    markupBasisPoints,
    serviceTier,
    reservation,
    slices: openEnded
      ? new OutputSlices(reservation, { admission: parts.admission, maxOutputTokens, worstCaseOf })
      : undefined,
    worstCaseOf,
    bounds,
  };
}

/** The most that a call can use, by where its answer ends. */
export function worstCases(
  price: ModelPrice,
  { inputTokensCeiling, hourCache, units }: CallBounds,
  markupBasisPoints: number,
): (outputTokens: number) => WorstCaseUse {
  const cacheWrites = hourCache ? "1h" : "5m";
  return (outputTokens) => ({
    worstCaseNanoUsd: charged(
      worstCaseCost(price, { inputTokensCeiling, maxOutputTokens: outputTokens, cacheWrites, units }),
      markupBasisPoints,
    ),
    worstCaseTokens: inputTokensCeiling + outputTokens,
  });
}

/** Whether everything that the call can use has a price. */
function covers({ tokenRates, unitRates }: ModelPrice, bounds: CallBounds): boolean {
  const usesTokens = bounds.inputTokensCeiling + bounds.maxOutputTokens > 0;
  return (
    (tokenRates !== undefined || !usesTokens) &&
    billedUnits.every((unit) => (bounds.units[unit] ?? 0) === 0 || unitRates?.[unit] !== undefined)
  );
}

function metadataOf(
  { requestId, caller, wire }: TurnRequest<unknown, unknown>,
  { invokeId, sourceId }: ModelRoute,
  { grantId }: Reservation,
): Record<string, string> {
  return {
    [metadataKeys.tenant]: caller.tenant.id,
    [metadataKeys.request]: requestId,
    [metadataKeys.apiKey]: caller.apiKey.id,
    [metadataKeys.wire]: wire,
    [metadataKeys.application]: caller.apiKey.application,
    ...(grantId === undefined ? {} : { [metadataKeys.grant]: grantId }),
    // The log tells the profile, which is opaque.
    ...(invokeId === sourceId ? {} : { [metadataKeys.source]: sourceId }),
  };
}
