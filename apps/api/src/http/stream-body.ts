/** Turns chunks that are pulled into a response body: a slow reader slows the source, a gone one ends it. */

/**
 * Pulls one chunk for each read. When the reader leaves, `abort` is called first, so that a source which is
 * waiting for its own upstream wakes up, and then the source is returned.
 */
export function streamBody(
  chunks: AsyncGenerator<Uint8Array>,
  abort: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await chunks.next();
        if (done) {
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      async cancel() {
        abort();
        await chunks.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
