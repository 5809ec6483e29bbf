/** Asks the model, and tells the outcome what came of it. */
import { CaprockError } from "@caprock/domain";
import { BedrockFault, type ConverseFrame, type JsonObject, problemOfFault } from "@caprock/inference";
import type { AdmittedTurn } from "./admit.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { TurnParts } from "./turn-request.ts";

type InvokeParts = Pick<TurnParts, "bedrock" | "holdTtlMs">;

/**
 * The share of a hold's life that its call may take. A call must be over when its hold counts as abandoned, or
 * its cost would be settled on nothing; the rest is left for settlement and for clocks that differ.
 */
const shareOfHold = 0.75;

/** One whole answer. Throws CaprockError. */
export async function invokeModel(
  { request, route, body }: AdmittedTurn,
  outcome: TurnOutcome,
  { bedrock, holdTtlMs }: InvokeParts,
): Promise<JsonObject> {
  const timeLimit = AbortSignal.timeout(holdTtlMs * shareOfHold);
  try {
    const signal = AbortSignal.any([request.signal, timeLimit]);
    const answer = await bedrock.converse({ invokeId: route.invokeId, body, signal });
    outcome.mayHaveRun = true;
    outcome.reported(answer.body);
    if (outcome.usage) {
      return answer.body;
    }
  } catch (error) {
    outcome.failed(error);
    throw toCaprockError(error, timeLimit);
  }
  throw new CaprockError({ code: "upstream_failed", message: "Bedrock's answer tells no usage. Retry." });
}

/** The frames of an answer. Throws CaprockError, before the first frame or in place of a later one. */
export async function* invokeModelStream(
  { request, route, body }: AdmittedTurn,
  outcome: TurnOutcome,
  { bedrock, holdTtlMs }: InvokeParts,
): AsyncGenerator<readonly ConverseFrame[]> {
  const timeLimit = AbortSignal.timeout(holdTtlMs * shareOfHold);
  try {
    const signal = AbortSignal.any([request.signal, timeLimit]);
    const frames = await bedrock.converseStream({ invokeId: route.invokeId, body, signal });
    outcome.begun = true;
    for await (const batch of frames) {
      outcome.streamed(batch);
      yield batch;
    }
    if (outcome.usage === undefined) {
      throw new BedrockFault("StreamCut", "The stream ended before it was complete.", {
        mayHaveRun: "perhaps",
      });
    }
  } catch (error) {
    outcome.failed(error);
    throw toCaprockError(error, timeLimit);
  }
}

function toCaprockError(error: unknown, timeLimit: AbortSignal): CaprockError {
  if (timeLimit.aborted) {
    return new CaprockError(
      { code: "upstream_timeout", message: "The call took longer than any call may. Ask for less." },
      error,
    );
  }
  return error instanceof BedrockFault
    ? new CaprockError(problemOfFault(error), error)
    : new CaprockError(
        { code: "internal_error", message: "The call to the model failed unexpectedly." },
        error,
      );
}
