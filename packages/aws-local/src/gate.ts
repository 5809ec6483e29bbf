/** A barrier for tests: while it is closed, accepted model calls wait before their first byte. */

export class Gate {
  #closed = false;
  readonly #waiting = new Set<() => void>();

  get closed(): boolean {
    return this.#closed;
  }

  /** How many calls stand before the gate. */
  get waiting(): number {
    return this.#waiting.size;
  }

  set(closed: boolean): void {
    this.#closed = closed;
    if (!closed) {
      for (const pass of this.#waiting) {
        pass();
      }
    }
  }

  /** Waits until the gate is open, or until `signal` fires. */
  async pass(signal: AbortSignal): Promise<void> {
    if (!this.#closed || signal.aborted) {
      return;
    }
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }
}
