/** Does long work on the event loop in slices, so that whoever else waits for it is served in between. */

/** A few milliseconds of indexing. */
const charactersOfSlice = 10_000;

/**
 * One for a process: of all work that goes through it, one slice is done in a round of the event loop, however many have work
 * to do.
 */
export class EventLoopSlices {
  #queue: Promise<void> = Promise.resolve();

  /** Takes all steps of a work, each of which tells how many characters it took. Short work is done at once. */
  async run(steps: Iterable<number>): Promise<void> {
    let characters = 0;
    for (const more of steps) {
      characters += more;
      if (characters >= charactersOfSlice) {
        await this.#nextSlice();
        characters = 0;
      }
    }
  }

  #nextSlice(): Promise<void> {
    const slice = this.#queue.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    this.#queue = slice;
    return slice;
  }
}
