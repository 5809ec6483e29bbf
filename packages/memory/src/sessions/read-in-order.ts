/** Reads what a session's items lead to: several at once, in their order, and no further than asked for. */

export interface ReadBound<I> {
  readonly limit: number;
  /** Asked once of each item, in their order, before what it leads to is read; reading ends where there is none. */
  readonly hasRoomFor?: (item: I) => boolean;
  readonly mostAtOnce: number;
}

export interface ReadInOrder<T> {
  readonly found: readonly T[];
  /** Whether a bound ended the reading: there may be more. */
  readonly isCut: boolean;
}

/** `read` resolves with undefined for what is no longer there, which took room and does not count for the limit. Throws what `read` throws. */
export async function readInOrder<I, T>(
  items: AsyncIterable<I> | Iterable<I>,
  { limit, hasRoomFor = () => true, mostAtOnce }: ReadBound<I>,
  read: (item: I) => Promise<T | undefined>,
): Promise<ReadInOrder<T>> {
  const found: T[] = [];
  let waiting: I[] = [];
  const readWaiting = async () => {
    const done = await Promise.all(waiting.map(read));
    found.push(...done.filter((one) => one !== undefined));
    waiting = [];
  };
  for await (const item of items) {
    if (!hasRoomFor(item)) {
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
