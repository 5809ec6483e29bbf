/** Settles a turn by what is known of it: reported, estimated, refused before it ran, or unknown. */
import { noTokens, promptTokens, type TokenUsage } from "@caprock/domain";
import { addUnits, type LedgerEntry, type UnitCounts, writeReceipt } from "@caprock/metering";
import type { AdmittedTurn } from "./admit.ts";
import { countTokens } from "./assemble-context.ts";
import { inTransitTokens } from "./output-slices.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { TurnParts } from "./turn-request.ts";

/**
 * A call that a grant let through is settled in a group, after its answer: what it did not use is free for others in
 * memory. A call with holds of its own is settled before its caller can ask again, or the next call might be refused
 * for want of what this one gives back. Then the turn is running no more. Never rejects.
 */
export async function settleTurn(turn: AdmittedTurn, outcome: TurnOutcome, parts: TurnParts): Promise<void> {
  const settled = settle(turn, outcome, parts).finally(() => parts.running.end());
  if (turn.reservation.grantId === undefined) {
    await settled;
  }
}

/**
 * The answer has been given, so a failure to write is reported and mended by the expiry of the
 * hold, not turned into an error of the call. What waits for the write knows the call's id alone, and not all of the
 * call: a group of settlements would keep hundreds of prompts and answers alive.
 */
function settle(turn: AdmittedTurn, outcome: TurnOutcome, parts: TurnParts): Promise<void> {
  const { requestId } = turn.request;
  const { onSettlementFailure } = parts;
  try {
    return begin(turn, outcome, parts).catch((error: unknown) => onSettlementFailure(requestId, error));
  } catch (error) {
    onSettlementFailure(requestId, error);
    return Promise.resolve();
  }
}

function begin(turn: AdmittedTurn, outcome: TurnOutcome, parts: TurnParts): Promise<void> {
  const { admission } = parts;
  const reservation = turn.slices?.reservation ?? turn.reservation;
  const { reported } = outcome;
  if (reported && !outcome.isInDoubt) {
    learn(turn, reported.usage, parts);
    return admission.settle(reservation, receipt(turn, outcome, reported, false, parts));
  }
  if (outcome.hasRun) {
    const atMost = turn.worstCaseOf(mostOutputTokens(turn, outcome));
    return admission.settle(
      reservation,
      receipt(turn, outcome, estimate(turn, outcome), true, parts),
      atMost,
    );
  }
  return outcome.mayHaveRun ? admission.leaveUnresolved(reservation) : admission.release(reservation);
}

function learn({ call, route }: AdmittedTurn, usage: TokenUsage, { calibration }: TurnParts): void {
  if (call.calibrates) {
    calibration.observe(route.model.id, { ...call.calibrates, reportedTokens: promptTokens(usage) });
  }
}

interface Used {
  readonly usage: TokenUsage;
  readonly units: UnitCounts;
}

function receipt(
  turn: AdmittedTurn,
  outcome: TurnOutcome,
  { usage, units }: Used,
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
  return writeReceipt(
    {
      requestId: request.requestId,
      tenantId: request.caller.tenant.id,
      apiKeyId: request.caller.apiKey.id,
      application: request.caller.apiKey.application,
      modelId: route.model.id,
      invokedId: route.sourceId,
      wire: request.wire,
      status: outcome.status,
      arrivedAtMs: request.arrivedAtMs,
      settledAtMs: clock.now(),
      usage,
      markupBasisPoints: turn.markupBasisPoints,
      serviceTier: price.serviceTier,
      estimated,
      simulated: false,
      ...(outcome.firstPieceAtMs === undefined
        ? {}
        : { firstTokenMs: outcome.firstPieceAtMs - request.arrivedAtMs }),
    },
    price,
    units,
  );
}

/** What Bedrock may have generated of a cut answer: what came, a token at least a byte, and what was on its way. */
function mostOutputTokens(turn: AdmittedTurn, { generatedBytes }: TurnOutcome): number {
  const heldTokens = heldOutputTokens(turn);
  return turn.bounds.showsAllOutput ? Math.min(heldTokens, generatedBytes + inTransitTokens) : heldTokens;
}

/**
 * What was reported, and Caprock's own count of the rest: prompts, and what had been generated. It is kept within the
 * bounds that were held for: an estimate errs on the high side, and must not carry a tenant over its cap.
 */
function estimate(turn: AdmittedTurn, outcome: TurnOutcome): Used {
  const { usage, units } = outcome.reported ?? { usage: noTokens, units: {} };
  const { doubted, generatedText } = outcome;
  const output = countTokens(generatedText.join(""), turn.route.model) + doubted.outputTokens;
  return {
    usage: {
      ...usage,
      input: usage.input + within(doubted.promptTokens, turn.bounds.inputTokensCeiling - promptTokens(usage)),
      output: usage.output + within(output, heldOutputTokens(turn) - usage.output),
    },
    units: addUnits(units, doubted.units),
  };
}

function heldOutputTokens({ slices, bounds }: AdmittedTurn): number {
  return slices?.heldTokens ?? bounds.maxOutputTokens;
}

function within(count: number, most: number): number {
  return Math.max(0, Math.min(count, most));
}
