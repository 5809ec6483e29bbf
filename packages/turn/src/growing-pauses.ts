/** Leaves alone for a while what failed, and for longer with each failure in a row. */
import type { Clock } from "@caprock/domain";

export interface PauseBounds {
  /** After the first failure; each further one doubles it. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/** How long after a failure that so many came before, in a row. */
export function pauseAfter(failures: number, { firstMs, longestMs }: PauseBounds): number {
  return Math.min(longestMs, firstMs * 2 ** failures);
}

/** The pauses of one process, each by the name of what failed. */
export class GrowingPauses {
  readonly #clock: Clock;
  readonly #bounds: PauseBounds;
  readonly #failed = new Map<string, { readonly failures: number; readonly untilMs: number }>();

  constructor(clock: Clock, bounds: PauseBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  isOn(name: string): boolean {
    return this.#clock.now() < (this.#failed.get(name)?.untilMs ?? 0);
  }

  /** Of several that were begun before a pause only the first counts, so that many callers at once make it no longer. */
  failed(name: string): void {
    if (!this.isOn(name)) {
      const failures = this.#failed.get(name)?.failures ?? 0;
      const untilMs = this.#clock.now() + pauseAfter(failures, this.#bounds);
      this.#failed.set(name, { failures: failures + 1, untilMs });
    }
  }

  succeeded(name: string): void {
    this.#failed.delete(name);
  }
}
