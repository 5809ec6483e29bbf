/** Turns chunks that are pulled into a response body: a slow reader slows the source, a gone one ends it. */

/**
 * Pulls one chunk for each read. When the reader leaves, `abort` is called first, so that a source which is
 * waiting for its own upstream wakes up, and then the source is returned.
 */
export function streamBody(
  chunks: AsyncGenerator<Uint8Array>,
  abort: () => void,
): ReadableStream<Uint8Array> {
  let started = false;
  const pullChunk = () => {
    started = true;
    return chunks.next();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await pullChunk();
        if (done) {
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      async cancel() {
        abort();
        if (!started) {
          // A generator that never ran skips its `finally`, and so would never return what it reads from.
          await pullChunk().catch(() => undefined);
        }
        await chunks.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
