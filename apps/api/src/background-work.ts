/** Keeps track of work that no answer waits for, so that a process does not stop, or is frozen, in the middle of it. */

export class BackgroundWork {
  private readonly pending = new Set<Promise<void>>();
  private readonly onFailure: (error: unknown) => void;

  /** `onFailure` is told of work that failed; nobody else is. */
  constructor(onFailure: (error: unknown) => void) {
    this.onFailure = onFailure;
  }

  add(work: Promise<unknown>): void {
    const done: Promise<void> = work.then(() => {}, this.onFailure).finally(() => this.pending.delete(done));
    this.pending.add(done);
  }

  /** Resolves when nothing is left, work that was added meanwhile included. */
  async idle(): Promise<void> {
    while (this.pending.size > 0) {
      await Promise.all(this.pending);
    }
  }
}
