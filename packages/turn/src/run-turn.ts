/**
 * The story of a request, once its caller is known: route it, fit it into the model's window, hold its worst
 * case against the tenant's limits, ask the model, and settle what it really cost. This is the only file that
 * knows the order.
 */
import type { Refusal } from "@caprock/domain";
import type { ConverseFrame } from "@caprock/inference";
import { type AdmittedTurn, admit } from "./admit.ts";
import { assembleContext, maxOutputTokensOf } from "./assemble-context.ts";
import { checkRequest } from "./check-request.ts";
import { invokeModel, invokeModelStream } from "./invoke-model.ts";
import { noteRefusal } from "./note-refusal.ts";
import { primeFrames } from "./primed-frames.ts";
import { settleTurn } from "./settle-turn.ts";
import { TurnOutcome } from "./turn-outcome.ts";
import type { TurnAnswer, TurnParts, TurnRequest, TurnStream } from "./turn-request.ts";

/**
 * Runs a turn whose answer comes whole. Returns a Refusal where a limit, the model or the request stands in
 * the way; throws CaprockError when something failed. Either way nothing stays held without reason.
 */
export async function runTurn(request: TurnRequest, parts: TurnParts): Promise<TurnAnswer | Refusal> {
  const admitted = await prepare(request, false, parts);
  if ("refused" in admitted) {
    noteRefusal(request, admitted, parts);
    return admitted;
  }
  const outcome = new TurnOutcome(request.signal, parts.clock);
  parts.running.begin();
  try {
    const answer = await invokeModel(admitted, endOf(request, parts), outcome, parts);
    return { answer, ...toldOf(admitted, request) };
  } finally {
    await settleInTime(admitted, outcome, parts);
  }
}

/**
 * Runs a turn whose answer is streamed. Refuses and throws like `runTurn` until the first frame is there;
 * from then on failures are thrown by the frames' iteration. Settles when the stream ends, when it is returned,
 * and when the caller leaves or the time is up, even if nobody reads on.
 */
export async function runTurnStream(request: TurnRequest, parts: TurnParts): Promise<TurnStream | Refusal> {
  const admitted = await prepare(request, true, parts);
  if ("refused" in admitted) {
    noteRefusal(request, admitted, parts);
    return admitted;
  }
  const outcome = new TurnOutcome(request.signal, parts.clock);
  const end = endOf(request, parts);
  const frames = streamAndSettle(admitted, end, outcome, parts);
  return {
    frames: await primeFrames(frames, end),
    ...toldOf(admitted, request),
  };
}

/**
 * The share of a hold's life that its call may take. A call must be over when its hold counts as abandoned, or
 * its cost would be settled on nothing; the rest is left for settlement and for clocks that differ.
 */
const shareOfHold = 0.75;

/** Aborted when the caller hangs up, or when the call has taken as long as its hold allows. */
function endOf({ signal }: TurnRequest, { holdTtlMs }: TurnParts): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(holdTtlMs * shareOfHold)]);
}

/** What a caller is told besides the answer. */
function toldOf(admitted: AdmittedTurn, { modelId }: TurnRequest) {
  return {
    context: admitted.context,
    standings: admitted.reservation.standings,
    fallbackModelId: admitted.request.modelId === modelId ? undefined : admitted.route.model.id,
  };
}

/**
 * Everything before the model is asked. A call that its tenant's budget does not cover is asked of a cheaper model, if
 * the tenant has named one and that one fits.
 */
async function prepare(
  request: TurnRequest,
  streamed: boolean,
  parts: TurnParts,
): Promise<AdmittedTurn | Refusal> {
  const admitted = await prepareFor(request, streamed, parts);
  const { overBudget } = request.caller.tenant.limits;
  if (!("refused" in admitted) || !isOverBudget(admitted) || overBudget.kind !== "fall-back") {
    return admitted;
  }
  const cheaper = await prepareFor({ ...request, modelId: overBudget.modelId }, streamed, parts);
  return "refused" in cheaper ? admitted : cheaper;
}

function isOverBudget({ refused }: Refusal): boolean {
  return refused.code === "budget_exceeded" && refused.details?.unit === "nanoUsd";
}

/** The context is fitted before the call is admitted, so that only what is sent is held for. */
async function prepareFor(
  request: TurnRequest,
  streamed: boolean,
  parts: TurnParts,
): Promise<AdmittedTurn | Refusal> {
  const route = parts.catalog.route(request.modelId, parts.region);
  if ("refused" in route) {
    return route;
  }
  const maxOutputTokens = maxOutputTokensOf(request.body, route.model, streamed, parts);
  const wrong = checkRequest(request.body, route.model, { streamed, maxOutputTokens });
  if (wrong) {
    return wrong;
  }
  const assembled = assembleContext(request, route.model, maxOutputTokens);
  return "refused" in assembled ? assembled : admit(request, route, assembled, streamed, parts);
}

async function* streamAndSettle(
  admitted: AdmittedTurn,
  end: AbortSignal,
  outcome: TurnOutcome,
  parts: TurnParts,
): AsyncGenerator<readonly ConverseFrame[]> {
  parts.running.begin();
  try {
    yield* invokeModelStream(admitted, end, outcome, parts);
  } finally {
    await settleInTime(admitted, outcome, parts);
  }
}

/**
 * A call that a grant let through is settled in a group, after its answer: what it did not use is free for others in
 * memory. A call with holds of its own is settled before its caller can ask again, or the next call might be refused
 * for want of what this one gives back.
 */
async function settleInTime(turn: AdmittedTurn, outcome: TurnOutcome, parts: TurnParts): Promise<void> {
  const settled = settleTurn(turn, outcome, parts).finally(() => parts.running.end());
  if (turn.reservation.grantId === undefined) {
    await settled;
  }
}
