/** Asks the model, and tells the outcome what came of it. */
import { CaprockError } from "@caprock/domain";
import { BedrockFault, type ConverseFrame, type JsonObject, problemOfFault } from "@caprock/inference";
import type { AdmittedTurn } from "./admit.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { TurnParts } from "./turn-request.ts";

type InvokeParts = Pick<TurnParts, "bedrock">;

/** One whole answer. Throws CaprockError. */
export async function invokeModel(
  { request, route, body }: AdmittedTurn,
  end: AbortSignal,
  outcome: TurnOutcome,
  { bedrock }: InvokeParts,
): Promise<JsonObject> {
  try {
    const answer = await bedrock.converse({ invokeId: route.invokeId, body, signal: end });
    outcome.mayHaveRun = true;
    outcome.reported(answer.body);
    if (outcome.usage) {
      return answer.body;
    }
  } catch (error) {
    outcome.failed(error);
    throw toCaprockError(error, request.signal, end);
  }
  throw new CaprockError({ code: "upstream_failed", message: "Bedrock's answer tells no usage. Retry." });
}

/** The frames of an answer. Throws CaprockError, before the first frame or in place of a later one. */
export async function* invokeModelStream(
  { request, route, body, slices }: AdmittedTurn,
  end: AbortSignal,
  outcome: TurnOutcome,
  { bedrock }: InvokeParts,
): AsyncGenerator<readonly ConverseFrame[]> {
  try {
    const frames = await bedrock.converseStream({ invokeId: route.invokeId, body, signal: end });
    outcome.begun = true;
    for await (const batch of frames) {
      outcome.streamed(batch);
      await slices?.cover(outcome.generatedBytes);
      yield batch;
    }
    if (outcome.usage === undefined) {
      throw new BedrockFault("StreamCut", "The stream ended before it was complete.", {
        mayHaveRun: "perhaps",
      });
    }
  } catch (error) {
    outcome.failed(error);
    throw toCaprockError(error, request.signal, end);
  }
}

/** An end that the caller did not make is the time limit. */
function toCaprockError(error: unknown, caller: AbortSignal, end: AbortSignal): CaprockError {
  if (error instanceof CaprockError) {
    return error;
  }
  if (end.aborted && !caller.aborted) {
    return tookTooLong(error);
  }
  return error instanceof BedrockFault
    ? new CaprockError(problemOfFault(error), error)
    : new CaprockError(
        { code: "internal_error", message: "The call to the model failed unexpectedly." },
        error,
      );
}

/** What a caller is told whose call took as long as its hold allows. */
export function tookTooLong(cause?: unknown): CaprockError {
  return new CaprockError(
    { code: "upstream_timeout", message: "The call took longer than any call may. Ask for less." },
    cause,
  );
}
