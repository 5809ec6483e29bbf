/** Makes the several InvokeModel calls that one answer is put together from. */
import type { Model, TokenUsage } from "@caprock/domain";
import { BedrockFault, type InvokeAnswer } from "@caprock/inference";
import type { Sending } from "../operation.ts";
import type { BoundedBody } from "./bound-body.ts";
import { metadataHeader } from "./metadata-header.ts";
import { tellUse } from "./tell-use.ts";

export interface InvokePart extends BoundedBody {
  readonly bytes: Uint8Array;
}

export interface PartAnswer {
  readonly answer: InvokeAnswer;
  /** Undefined where Bedrock did not tell. */
  readonly usage: TokenUsage | undefined;
}

/** Few enough that one caller does not take all connections, enough that a hundred texts take a second or two. */
const mostAtOnce = 8;

/**
 * Resolves with the answers in the order of the parts. All are of one request, under one hold, and carry its id into the
 * invocation log, where they are summed. When one fails no further one is begun, and those that run are heard out, so
 * that what they used is known; then the first failure is thrown.
 */
export async function invokeAll(
  parts: readonly InvokePart[],
  model: Model,
  sending: Sending,
): Promise<readonly PartAnswer[]> {
  const answers: PartAnswer[] = [];
  const failures: unknown[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < parts.length && failures.length === 0) {
      const index = next;
      next += 1;
      const part = parts[index];
      if (part) {
        await invokePart(part, parts.length, model, sending).then(
          (answer) => {
            answers[index] = answer;
          },
          (error) => failures.push(error),
        );
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, parts.length) }, work));
  if (failures.length > 0) {
    throw failures[0];
  }
  return answers;
}

async function invokePart(
  { bytes, bounds: { units }, promptTokens }: InvokePart,
  partCount: number,
  model: Model,
  { bedrock, invokeId, metadata, signal, told }: Sending,
): Promise<PartAnswer> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  try {
    const answer = await bedrock.invokeModel({
      invokeId,
      body: bytes,
      headers: { ...headers, ...metadataHeader(metadata, units, partCount) },
      // One for each part: Node takes more than ten listeners to one signal for a leak, and says so.
      signal: AbortSignal.any([signal]),
    });
    return { answer, usage: tellUse(answer, { units, promptTokens, model, told }) };
  } catch (error) {
    if (!(error instanceof BedrockFault) || error.mayHaveRun === "perhaps") {
      told.inDoubt({ hasBegun: false, promptTokens: promptTokens(), units });
    }
    throw error;
  }
}
