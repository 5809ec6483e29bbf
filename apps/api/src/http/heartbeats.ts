/** Fills the silences of a stream, so that what stands between it and its reader does not take it for dead. */
import type { Timer } from "@caprock/domain";

export interface Heartbeats {
  /** What is said in a silence; readers of the stream's format pass over it. */
  readonly beat: Uint8Array;
  /** How long a silence lasts before each beat. */
  readonly intervalMs: number;
  readonly timer: Timer;
}

/**
 * The chunks as they come, and a beat whenever the reader has waited `intervalMs` for the next. Nothing is read ahead of
 * the reader: one that does not read gets no beats. Ends, fails and is returned as `chunks` is.
 */
export async function* withHeartbeats(
  chunks: AsyncGenerator<Uint8Array>,
  heartbeats: Heartbeats,
): AsyncGenerator<Uint8Array> {
  let awaited: Promise<IteratorResult<Uint8Array>> | undefined;
  try {
    for (;;) {
      awaited ??= chunks.next();
      const result = await beforeSilence(awaited, heartbeats);
      if (result === "silent") {
        yield heartbeats.beat;
        continue;
      }
      awaited = undefined;
      if (result.done) {
        return;
      }
      yield result.value;
    }
  } finally {
    await chunks.return(undefined);
  }
}

/** Fails as `awaited` does; one that fails after its silence is heard by whoever asks next. */
function beforeSilence<Value>(
  awaited: Promise<Value>,
  { intervalMs, timer }: Heartbeats,
): Promise<Value | "silent"> {
  return new Promise((resolve, reject) => {
    const cancel = timer(intervalMs, () => resolve("silent"));
    awaited.then(resolve, reject).finally(cancel);
  });
}
