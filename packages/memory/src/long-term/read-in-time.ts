/** Reads what long-term memory lists, for somebody who waits for it. */
import { CaprockError, type Deadline, inTime, late } from "@caprock/domain";

/**
 * What is read, item by item. Each is waited for until the deadline, where there is one: then CaprockError (`upstream_timeout`) is
 * thrown. The signal is aborted when nobody reads on.
 */
export async function* readInTime<Item>(
  read: (signal: AbortSignal) => AsyncIterable<Item>,
  deadline: Deadline | undefined,
): AsyncGenerator<Item> {
  const over = new AbortController();
  const items = read(over.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await (deadline ? inTime(deadline, () => items.next()) : items.next());
      if (next === late) {
        throw new CaprockError({
          code: "upstream_timeout",
          message: `Long-term memory did not answer within ${deadline?.deadlineMs} ms. Ask again.`,
        });
      }
      if (next.done) {
        return;
      }
      yield next.value;
    }
  } finally {
    over.abort();
  }
}
