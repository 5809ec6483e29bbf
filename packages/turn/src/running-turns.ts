/** Counts the turns that have not settled yet, so that a process that stops can wait for them. */

export class RunningTurns {
  private count = 0;
  private waiting: (() => void)[] = [];

  begin(): void {
    this.count += 1;
  }

  end(): void {
    this.count -= 1;
    if (this.count === 0) {
      for (const resolve of this.waiting.splice(0)) {
        resolve();
      }
    }
  }

  /** Resolves when every turn that has begun has settled. */
  idle(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}
