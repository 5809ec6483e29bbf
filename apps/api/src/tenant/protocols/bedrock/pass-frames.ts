/** Passes Bedrock's frames on as they came; a failure becomes an exception frame. */
import { problemOfError } from "../../../http/problem-of-error.ts";
import { encodeException } from "./encode-exception.ts";

export async function* passFrames(
  frames: AsyncIterable<readonly { readonly bytes: Uint8Array }[]>,
  knownExceptions: ReadonlySet<string>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const batch of frames) {
      yield Buffer.concat(batch.map(({ bytes }) => bytes));
    }
  } catch (error) {
    yield encodeException(problemOfError(error), knownExceptions);
  }
}
