/** Passes Bedrock's frames on, byte for byte where they are as they came; a failure becomes an exception frame. */
import type { ConverseFrame } from "@caprock/inference";
import { problemOfError } from "../../../http/problem-of-error.ts";
import { encodeEvent, encodeException } from "./encode-frame.ts";

export async function* passFrames(
  frames: AsyncIterable<readonly ConverseFrame[]>,
  knownExceptions: ReadonlySet<string>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const batch of frames) {
      yield Buffer.concat(batch.map(({ type, event, bytes }) => bytes ?? encodeEvent(type, event)));
    }
  } catch (error) {
    yield encodeException(problemOfError(error), knownExceptions);
  }
}
