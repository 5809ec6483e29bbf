/** Asks the model, and tells the outcome what came of it. */
import { CaprockError } from "@caprock/domain";
import { BedrockFault, problemOfFault } from "@caprock/inference";
import type { AdmittedTurn } from "./admit.ts";
import type { Sending } from "./operation.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { TurnParts } from "./turn-request.ts";

type InvokeParts = Pick<TurnParts, "bedrock">;

/** One whole answer. Throws CaprockError. */
export async function invokeModel<Answer>(
  turn: AdmittedTurn<Answer, unknown>,
  end: AbortSignal,
  outcome: TurnOutcome,
  parts: InvokeParts,
): Promise<Answer> {
  try {
    const answer = await turn.call.send(sendingOf(turn, end, outcome, parts));
    outcome.answered();
    return answer;
  } catch (error) {
    outcome.failed(error);
    throw toCaprockError(error, turn.request.signal, end);
  }
}

/** The frames of an answer. Throws CaprockError, before the first frame or in place of a later one. */
export async function* invokeModelStream<Frame>(
  turn: AdmittedTurn<unknown, Frame>,
  end: AbortSignal,
  outcome: TurnOutcome,
  parts: InvokeParts,
): AsyncGenerator<readonly Frame[]> {
  const { call, slices, request } = turn;
  try {
    const opened = await call.stream(sendingOf(turn, end, outcome, parts));
    outcome.headers = opened.headers;
    for await (const batch of opened.frames) {
      opened.read(batch, outcome);
      await slices?.cover(outcome.generatedBytes);
      yield opened.shown?.(batch) ?? batch;
    }
    if (opened.alwaysTells && outcome.isInDoubt) {
      throw new BedrockFault("StreamCut", "The stream ended before it was complete.", {
        mayHaveRun: "perhaps",
      });
    }
    outcome.answered();
  } catch (error) {
    outcome.failed(error);
    throw toCaprockError(error, request.signal, end);
  }
}

function sendingOf(
  { route, metadata }: AdmittedTurn,
  signal: AbortSignal,
  told: TurnOutcome,
  { bedrock }: InvokeParts,
): Sending {
  return { bedrock, invokeId: route.invokeId, metadata, signal, told };
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
