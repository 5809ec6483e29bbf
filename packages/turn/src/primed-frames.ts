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
  let ended = false;
  let cutShort = false;

  function cut(): void {
    cutShort = !ended;
    // Should a read be under way, it fails by the same signal, and its reader is told.
    frames.return(undefined).catch(() => undefined);
  }
  /** The end of the call may be minutes away, and whatever listens to it holds the whole turn. */
  function stopListening(): void {
    ended = true;
    end.removeEventListener("abort", cut);
  }
  async function nextFrames(): Promise<IteratorResult<Batch>> {
    try {
      const result = await frames.next();
      if (result.done) {
        stopListening();
      }
      return result;
    } catch (error) {
      stopListening();
      throw error;
    }
  }
  if (pending.done) {
    ended = true;
  } else if (end.aborted) {
    cut();
  } else {
    end.addEventListener("abort", cut, { once: true });
  }

  const primed: AsyncIterableIterator<Batch> = {
    async next() {
      const result = pending ?? (await nextFrames());
      pending = undefined;
      if (result.done && cutShort) {
        throw tookTooLong();
      }
      return result;
    },
    async return(value?: unknown) {
      pending = undefined;
      stopListening();
      return frames.return(value);
    },
    [Symbol.asyncIterator]: () => primed,
  };
  return primed;
}
