/** How long to wait before trying again. */
import type { Random } from "@caprock/domain";

export interface Backoff {
  /** The most that the first wait can take; it doubles with each attempt. */
  readonly baseMs: number;
  readonly mostMs: number;
}

/**
 * Full jitter: anything from nothing up to an exponentially growing bound, so that many who failed together do
 * not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015). `attempt` counts from 1.
 */
export function fullJitterMs(attempt: number, { baseMs, mostMs }: Backoff, random: Random): number {
  const bound = Math.min(mostMs, baseMs * 2 ** (attempt - 1));
  const bytes = random.bytes(4);
  const fraction = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
  return Math.floor(fraction * bound);
}
