/**
 * The story of a request, once its caller is known: route it, fit it into the model's window, hold its worst
 * case against the tenant's limits, ask the model, and settle what it really cost. This is the only file that
 * knows the order.
 */
import type { Refusal } from "@caprock/domain";
import type { ConverseFrame } from "@caprock/inference";
import { type AdmittedTurn, admit } from "./admit.ts";
import { assembleContext } from "./assemble-context.ts";
import { checkRequest } from "./check-request.ts";
import { invokeModel, invokeModelStream } from "./invoke-model.ts";
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
    return admitted;
  }
  const outcome = new TurnOutcome(request.signal);
  try {
    const answer = await invokeModel(admitted, outcome, parts);
    return { answer, context: admitted.context };
  } finally {
    await settleTurn(admitted, outcome, parts);
  }
}

/**
 * Runs a turn whose answer is streamed. Refuses and throws like `runTurn` until the first frame is there;
 * from then on failures are thrown by the frames' iteration.
 */
export async function runTurnStream(request: TurnRequest, parts: TurnParts): Promise<TurnStream | Refusal> {
  const admitted = await prepare(request, true, parts);
  if ("refused" in admitted) {
    return admitted;
  }
  const outcome = new TurnOutcome(request.signal);
  const frames = streamAndSettle(admitted, outcome, parts);
  return { frames: await primeFrames(frames), context: admitted.context };
}

/** Everything before the model is asked. The context is fitted first, so that only what is sent is held for. */
async function prepare(
  request: TurnRequest,
  streamed: boolean,
  parts: TurnParts,
): Promise<AdmittedTurn | Refusal> {
  const route = parts.catalog.route(request.modelId, parts.region);
  if ("refused" in route) {
    return route;
  }
  const wrong = checkRequest(request.body, route.model, streamed);
  if (wrong) {
    return wrong;
  }
  const assembled = assembleContext(request, route.model, parts);
  return "refused" in assembled ? assembled : admit(request, route, assembled, parts);
}

async function* streamAndSettle(
  admitted: AdmittedTurn,
  outcome: TurnOutcome,
  parts: TurnParts,
): AsyncGenerator<readonly ConverseFrame[]> {
  try {
    yield* invokeModelStream(admitted, outcome, parts);
  } finally {
    await settleTurn(admitted, outcome, parts);
  }
}
