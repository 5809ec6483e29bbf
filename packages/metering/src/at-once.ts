/** Works on items as they come, several at once. */

/** Few enough for one client's connections and one partition of a table. */
const most = 16;

/** Throws the first failure, when the work that was begun has ended; no further item is begun then. */
export async function forEachAtOnce<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = (async function* () {
    yield* items;
  })();
  const workers = Array.from({ length: most }, async () => {
    for await (const item of queue) {
      await work(item);
    }
  });
  for (const end of await Promise.allSettled(workers)) {
    if (end.status === "rejected") {
      throw end.reason;
    }
  }
}
