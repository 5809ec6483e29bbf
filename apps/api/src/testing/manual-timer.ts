/** For tests: a timer that goes off when the test says so. */
import type { Timer } from "@caprock/domain";

export class ManualTimer {
  private readonly waiting = new Set<{ readonly durationMs: number; readonly work: () => void }>();

  readonly timer: Timer = (durationMs, work) => {
    const one = { durationMs, work };
    this.waiting.add(one);
    return () => this.waiting.delete(one);
  };

  /** How long each that waits was to wait. */
  get durationsMs(): readonly number[] {
    return [...this.waiting].map(({ durationMs }) => durationMs);
  }

  /** Lets all that wait go off. */
  goOff(): void {
    for (const one of [...this.waiting]) {
      this.waiting.delete(one);
      one.work();
    }
  }
}
