/** Time, ids and waiting: the one place of aws-local that reads the clock and randomness. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds since the Unix epoch. */
export function nowMs(): number {
  return Date.now();
}

/** A request id as AWS makes them. */
export function newId(): string {
  return randomUUID();
}

/** Waits, or returns at once when `signal` fires; never throws. */
export async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  if (durationMs > 0 && !signal.aborted) {
    await delay(durationMs, undefined, { signal }).catch(() => undefined);
  }
}
