/** Lets a call through if its worst case fits under every limit of the tenant, and holds that worst case. */
import { type ModelRoute, markupAt, type Refusal, refusal } from "@caprock/domain";
import {
  charged,
  isCallTier,
  type ModelPrice,
  metadataKeys,
  type Reservation,
  type WorstCaseUse,
  worstCaseCost,
} from "@caprock/metering";
import type { AssembledContext, ContextReport } from "./assemble-context.ts";
import type { ConverseBody } from "./converse-body.ts";
import { isOpenEnded, OutputSlices, outputSliceTokens } from "./output-slices.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** A call that may be made: what to send, what it may cost, what is held for it. */
export interface AdmittedTurn {
  readonly request: TurnRequest;
  readonly route: ModelRoute;
  readonly body: ConverseBody;
  readonly context: ContextReport;
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
  readonly inputTokensCeiling: number;
  readonly maxOutputTokens: number;
}

/**
 * Refuses with `model_unpriced`, `rate_limited` or `budget_exceeded`; then nothing is held. A prompt is taken for as many
 * tokens as it can be, some four times what it is; before a call is refused for that, the model is asked to count.
 */
export async function admit(
  request: TurnRequest,
  route: ModelRoute,
  assembled: AssembledContext,
  streamed: boolean,
  parts: TurnParts,
): Promise<AdmittedTurn | Refusal> {
  const admitted = await tryAdmit(request, route, assembled, streamed, parts);
  if (!("refused" in admitted) || !countingMayHelp(admitted, route, assembled)) {
    return admitted;
  }
  const counted = await parts.bedrock
    .countTokens({ modelId: route.model.id, body: assembled.body, signal: request.signal })
    .catch(() => undefined);
  return counted === undefined || counted >= assembled.inputTokensCeiling
    ? admitted
    : tryAdmit(request, route, { ...assembled, inputTokensCeiling: counted }, streamed, parts);
}

/** Whether a call that was refused for money or tokens could fit if its prompt counts as little as it may. */
function countingMayHelp(
  { refused: { details = {} } }: Refusal,
  { model }: ModelRoute,
  { inputTokensCeiling, report }: AssembledContext,
): boolean {
  const { unit, remaining, needed } = details;
  if (!model.supports.countTokens || (unit !== "nanoUsd" && unit !== "tokens")) {
    return false;
  }
  // Half of the estimate is less than any count, and the answer's share of the need stays as it is.
  const leastShare = report.promptTokens / 2 / inputTokensCeiling;
  return Number(remaining) >= Number(needed) * leastShare;
}

/** Tiers that a call can ask for (Bedrock Runtime API reference, ServiceTier); a tier may still have no price. */
const askableTiers: readonly string[] = ["default", "priority", "flex", "reserved"];

async function tryAdmit(
  request: TurnRequest,
  route: ModelRoute,
  assembled: AssembledContext,
  streamed: boolean,
  parts: TurnParts,
): Promise<AdmittedTurn | Refusal> {
  const serviceTier = assembled.body.serviceTier?.type ?? "default";
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
  if (!price?.tokenRates) {
    parts.onUnpriced({ modelId: route.model.id, serviceTier, profile: route.profile });
    return refusal({
      code: "model_unpriced",
      message: `"${request.modelId}" has no price for service tier "${serviceTier}", so its cost cannot be capped.`,
      param: serviceTier === "default" ? "model" : "serviceTier",
    });
  }
  const { inputTokensCeiling, maxOutputTokens } = assembled;
  const { requestId, caller } = request;
  const markupBasisPoints = markupAt(caller.tenant, request.arrivedAtMs);
  const cacheWrites = asksForHourCache(assembled.body) ? "1h" : "5m";
  const worstCaseOf = (outputTokens: number): WorstCaseUse => ({
    worstCaseNanoUsd: charged(
      worstCaseCost(price, { inputTokensCeiling, maxOutputTokens: outputTokens, cacheWrites }),
      markupBasisPoints,
    ),
    worstCaseTokens: inputTokensCeiling + outputTokens,
  });
  const openEnded = isOpenEnded(request.body, streamed);
  const reservation = await parts.admission.reserve({
    requestId,
    tenant: caller.tenant,
    platform: await parts.platformLimits(),
    apiKeyId: caller.apiKey.id,
    application: caller.apiKey.application,
    modelId: route.model.id,
    ...worstCaseOf(openEnded ? Math.min(outputSliceTokens, maxOutputTokens) : maxOutputTokens),
    extends: openEnded && maxOutputTokens > outputSliceTokens,
  });
  if ("refused" in reservation) {
    return reservation;
  }
  return {
    request,
    route,
    body: withMetadata(assembled.body, request, reservation),
    context: assembled.report,
    price,
    markupBasisPoints,
    serviceTier,
    reservation,
    slices: openEnded
      ? new OutputSlices(reservation, { admission: parts.admission, maxOutputTokens, worstCaseOf })
      : undefined,
    worstCaseOf,
    inputTokensCeiling,
    maxOutputTokens,
  };
}

/** Names the call in Bedrock's invocation log, by which its true cost is found if Caprock dies meanwhile. */
function withMetadata(
  body: ConverseBody,
  { requestId, caller, wire }: TurnRequest,
  { grantId }: Reservation,
): ConverseBody {
  return {
    ...body,
    requestMetadata: {
      ...body.requestMetadata,
      [metadataKeys.tenant]: caller.tenant.id,
      [metadataKeys.request]: requestId,
      [metadataKeys.apiKey]: caller.apiKey.id,
      [metadataKeys.wire]: wire,
      [metadataKeys.application]: caller.apiKey.application,
      ...(grantId === undefined ? {} : { [metadataKeys.grant]: grantId }),
    },
  };
}

/** Whether anything in the request asks for the dearer cache lifetime of one hour, in Bedrock's form or a vendor's. */
function asksForHourCache({
  messages,
  system = [],
  toolConfig,
  additionalModelRequestFields,
}: ConverseBody): boolean {
  if (JSON.stringify(additionalModelRequestFields ?? {}).includes('"1h"')) {
    return true;
  }
  const blocks = [...system, ...(toolConfig?.tools ?? []), ...messages.flatMap(({ content }) => content)];
  return blocks.some(({ cachePoint }) => (cachePoint as { ttl?: unknown } | undefined)?.ttl === "1h");
}
