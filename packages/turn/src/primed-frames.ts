/** A stream that has been started: what must happen when it ends will happen, even if nobody reads it. */
import type { ConverseFrame } from "@caprock/inference";

type Batch = readonly ConverseFrame[];

/**
 * Pulls the first batch, so that a failure before it is thrown here, where it can still become a plain error
 * answer. A generator that was never started skips its `finally`; one that is primed does not.
 */
export async function primeFrames(frames: AsyncGenerator<Batch>): Promise<AsyncIterableIterator<Batch>> {
  const first = await frames.next();
  let pending: IteratorResult<Batch> | undefined = first;
  const primed: AsyncIterableIterator<Batch> = {
    next() {
      const result = pending;
      pending = undefined;
      return result ? Promise.resolve(result) : frames.next();
    },
    return(value?: unknown) {
      pending = undefined;
      return frames.return(value);
    },
    [Symbol.asyncIterator]: () => primed,
  };
  return primed;
}
