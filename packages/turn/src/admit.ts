/** Lets a call through if its worst case fits under every limit of the tenant, and holds that worst case. */
import { type ModelRoute, type Refusal, refusal } from "@caprock/domain";
import { type ModelPrice, metadataKeys, type Reservation, reserve, worstCaseCost } from "@caprock/metering";
import type { AssembledContext, ContextReport } from "./assemble-context.ts";
import type { ConverseBody } from "./converse-body.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** A call that may be made: what to send, what it may cost, what is held for it. */
export interface AdmittedTurn {
  readonly request: TurnRequest;
  readonly route: ModelRoute;
  readonly body: ConverseBody;
  readonly context: ContextReport;
  readonly price: ModelPrice;
  readonly serviceTier: string;
  readonly reservation: Reservation;
  /** The bounds that the hold was computed from; no estimate may pass them. */
  readonly inputTokensCeiling: number;
  readonly maxOutputTokens: number;
}

/** Refuses with `model_unpriced`, `rate_limited` or `budget_exceeded`; then nothing is held. */
export async function admit(
  request: TurnRequest,
  route: ModelRoute,
  assembled: AssembledContext,
  parts: TurnParts,
): Promise<AdmittedTurn | Refusal> {
  const serviceTier = assembled.body.serviceTier?.type ?? "default";
  const price = parts.priceBook.findForRoute(route, serviceTier, request.arrivedAtMs);
  if (!price?.tokenRates) {
    return refusal({
      code: "model_unpriced",
      message: `"${request.modelId}" has no price for service tier "${serviceTier}", so its cost cannot be capped.`,
      param: serviceTier === "default" ? "model" : "serviceTier",
    });
  }
  const { inputTokensCeiling, maxOutputTokens } = assembled;
  const worstCaseNanoUsd = worstCaseCost(price, {
    inputTokensCeiling,
    maxOutputTokens,
    cacheWrites: asksForHourCache(assembled.body) ? "1h" : "5m",
  });
  const { requestId, caller } = request;
  const reservation = await reserve({ requestId, tenant: caller.tenant, worstCaseNanoUsd }, parts);
  if ("refused" in reservation) {
    return reservation;
  }
  return {
    request,
    route,
    body: withMetadata(assembled.body, request),
    context: assembled.report,
    price,
    serviceTier,
    reservation,
    inputTokensCeiling,
    maxOutputTokens,
  };
}

/** Names the call in Bedrock's invocation log, by which its true cost is found if Caprock dies meanwhile. */
function withMetadata(body: ConverseBody, { requestId, caller, wire }: TurnRequest): ConverseBody {
  return {
    ...body,
    requestMetadata: {
      ...body.requestMetadata,
      [metadataKeys.tenant]: caller.tenant.id,
      [metadataKeys.request]: requestId,
      [metadataKeys.apiKey]: caller.apiKey.id,
      [metadataKeys.wire]: wire,
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
