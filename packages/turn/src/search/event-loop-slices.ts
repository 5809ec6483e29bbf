/** Does long work on the event loop in slices, so that whoever else waits for it is served in between. */

/** About 2 ms of indexing on a shared machine. */
const charactersOfSlice = 20_000;

/**
 * One for a process: of all work that goes through it, one slice is done in a round of the event loop, whatever the number of
 * those that have work to do.
 */
export class EventLoopSlices {
  #queue: Promise<void> = Promise.resolve();

  /** Does `work` with each item in order. Short work is done at once. */
  async forEach<T>(
    items: readonly T[],
    charactersOf: (item: T) => number,
    work: (item: T) => void,
  ): Promise<void> {
    let characters = 0;
    for (const item of items) {
      const more = charactersOf(item);
      if (characters > 0 && characters + more > charactersOfSlice) {
        await this.#nextSlice();
        characters = 0;
      }
      work(item);
      characters += more;
    }
  }

  #nextSlice(): Promise<void> {
    const slice = this.#queue.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    this.#queue = slice;
    return slice;
  }
}
