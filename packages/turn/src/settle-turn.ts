/** Settles a turn by what is known of it: reported, estimated, refused before it ran, or unknown. */
import type { TokenUsage } from "@caprock/domain";
import { type LedgerEntry, writeReceipt } from "@caprock/metering";
import type { AdmittedTurn } from "./admit.ts";
import { countTokens } from "./assemble-context.ts";
import { inTransitTokens } from "./output-slices.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { TurnParts } from "./turn-request.ts";

/**
 * Never throws: the answer has been given, so a failure to write is reported and mended by the expiry of the
 * hold, not turned into an error of the call.
 */
export async function settleTurn(turn: AdmittedTurn, outcome: TurnOutcome, parts: TurnParts): Promise<void> {
  const reservation = turn.slices?.reservation ?? turn.reservation;
  try {
    if (outcome.usage) {
      await parts.admission.settle(reservation, receipt(turn, outcome, outcome.usage, false, parts));
    } else if (outcome.begun) {
      await parts.admission.settle(
        reservation,
        receipt(turn, outcome, estimateUsage(turn, outcome), true, parts),
        turn.worstCaseOf(mostOutputTokens(turn, outcome)),
      );
    } else if (outcome.mayHaveRun) {
      await parts.admission.leaveUnresolved(reservation);
    } else {
      await parts.admission.release(reservation);
    }
  } catch (error) {
    parts.onSettlementFailure(turn.request.requestId, error);
  }
}

function receipt(
  turn: AdmittedTurn,
  outcome: TurnOutcome,
  usage: TokenUsage,
  estimated: boolean,
  { priceBook, clock }: TurnParts,
): LedgerEntry {
  const { request, route } = turn;
  // Bedrock may serve a call in another tier than asked for; it bills, and so does the receipt, the one that served.
  const servedTier = outcome.serviceTier ?? turn.serviceTier;
  const price =
    servedTier === turn.serviceTier
      ? turn.price
      : (priceBook.findForRoute(route, servedTier, request.arrivedAtMs) ?? turn.price);
  return writeReceipt({
    requestId: request.requestId,
    tenantId: request.caller.tenant.id,
    apiKeyId: request.caller.apiKey.id,
    application: request.caller.apiKey.application,
    modelId: route.model.id,
    invokedId: route.invokeId,
    wire: request.wire,
    status: outcome.status,
    arrivedAtMs: request.arrivedAtMs,
    settledAtMs: clock.now(),
    ...(outcome.firstFrameAtMs === undefined
      ? {}
      : { firstTokenMs: outcome.firstFrameAtMs - request.arrivedAtMs }),
    usage,
    price,
    markupBasisPoints: turn.markupBasisPoints,
    serviceTier: price.serviceTier,
    estimated,
    simulated: false,
  });
}

/** What Bedrock may have generated of a cut answer: what came, a token at least a byte, and what was on its way. */
function mostOutputTokens(turn: AdmittedTurn, { generatedBytes }: TurnOutcome): number {
  const heldTokens = turn.slices?.heldTokens ?? turn.maxOutputTokens;
  return Math.min(heldTokens, generatedBytes + inTransitTokens);
}

/**
 * Caprock's own count of a stream that was cut: the prompt, and what had been generated. It is kept within the
 * bounds that were held for: an estimate errs on the high side, and must not carry a tenant over its cap.
 */
function estimateUsage(turn: AdmittedTurn, { generated }: TurnOutcome): TokenUsage {
  return {
    input: Math.min(turn.context.promptTokens, turn.inputTokensCeiling),
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: Math.min(
      countTokens(generated.join(""), turn.route.model),
      turn.slices?.heldTokens ?? turn.maxOutputTokens,
    ),
  };
}
