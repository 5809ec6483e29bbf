/** Reads what a session's items lead to: several at once, in their order, and no further than asked for. */

export interface ReadBound<I> {
  readonly limit: number;
  /** Together; the first one is read however large it is. Unless given, all sizes are taken. */
  readonly mostBytes?: number | undefined;
  /** How large what an item leads to is, before it is read. */
  readonly bytesOf: (item: I) => number;
  readonly mostAtOnce: number;
}

export interface ReadInOrder<T> {
  readonly found: readonly T[];
  /** Whether a bound ended the reading: there may be more. */
  readonly isCut: boolean;
}

/** `read` resolves with undefined for what is no longer there, which counts for bytes and not for the limit. Throws what `read` throws. */
export async function readInOrder<I, T>(
  items: AsyncIterable<I> | Iterable<I>,
  { limit, mostBytes = Number.POSITIVE_INFINITY, bytesOf, mostAtOnce }: ReadBound<I>,
  read: (item: I) => Promise<T | undefined>,
): Promise<ReadInOrder<T>> {
  const found: T[] = [];
  let waiting: I[] = [];
  let bytes = 0;
  const readWaiting = async () => {
    const done = await Promise.all(waiting.map(read));
    found.push(...done.filter((one) => one !== undefined));
    waiting = [];
  };
  for await (const item of items) {
    const isFirst = bytes === 0;
    bytes += bytesOf(item);
    if (bytes > mostBytes && !isFirst) {
      await readWaiting();
      return { found, isCut: true };
    }
    waiting.push(item);
    if (waiting.length === Math.min(mostAtOnce, limit - found.length)) {
      await readWaiting();
      if (found.length === limit) {
        return { found, isCut: true };
      }
    }
  }
  await readWaiting();
  return { found, isCut: false };
}
