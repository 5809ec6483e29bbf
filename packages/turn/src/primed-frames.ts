/** A stream that has been started: what must happen when it ends will happen, even if nobody reads it. */
import { tookTooLong } from "./invoke-model.ts";

/**
 * Pulls the first batch, so that a failure before it is thrown here, where it can still become a plain error
 * answer. A generator that was never started skips its `finally`; one that is primed does not. When `end` is
 * aborted the frames are returned at once: a reader who has stopped reading must not keep them from settling.
 */
export async function primeFrames<Batch>(
  frames: AsyncGenerator<Batch>,
  end: AbortSignal,
): Promise<AsyncIterableIterator<Batch>> {
  let pending: IteratorResult<Batch> | undefined = await frames.next();
  let ended = pending.done ?? false;
  let cutShort = false;

  function cut(): void {
    cutShort = !ended;
    // Should a read be under way, it fails by the same signal, and its reader is told.
    frames.return(undefined).catch(() => undefined);
  }
  if (end.aborted) {
    cut();
  } else {
    end.addEventListener("abort", cut, { once: true });
  }

  const primed: AsyncIterableIterator<Batch> = {
    async next() {
      const result = pending ?? (await frames.next());
      pending = undefined;
      ended = result.done ?? false;
      if (ended && cutShort) {
        throw tookTooLong();
      }
      return result;
    },
    async return(value?: unknown) {
      ended = true;
      pending = undefined;
      end.removeEventListener("abort", cut);
      return frames.return(value);
    },
    [Symbol.asyncIterator]: () => primed,
  };
  return primed;
}
