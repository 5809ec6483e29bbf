/** The real clock and the real random source: the one place that reads them. */
import { randomBytes } from "node:crypto";
import { setTimeout as resolveAfter } from "node:timers/promises";
import type { Clock, Random, Timer } from "@caprock/domain";

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };

/** Resolves after `durationMs`. */
export async function systemPause(durationMs: number): Promise<void> {
  await resolveAfter(durationMs);
}

/** The process may end meanwhile. */
export const systemTimer: Timer = (durationMs, work) => {
  const timer = setTimeout(work, durationMs).unref();
  return () => clearTimeout(timer);
};

/**
 * Does `work` again and again, `pauseMs` after it was last done, until the function that is returned is called. The
 * process may end meanwhile.
 */
export function systemRepeat(work: () => Promise<void>, pauseMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const next = () => {
    timer = setTimeout(() => void work().finally(() => (stopped ? undefined : next())), pauseMs).unref();
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
