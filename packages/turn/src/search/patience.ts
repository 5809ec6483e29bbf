/** How long an answer waits for an index, and how much work on indexes a process takes on at once. */
import type { RequestId, Timer } from "@caprock/domain";

/** False when it was given up. */
export type Work = () => Promise<boolean>;

export interface PatienceParts {
  readonly timer: Timer;
  /** How long an answer waits for an index. What is not done by then goes on for the next answer. */
  readonly deadlineMs: number;
  /** Takes work that no answer waits for; it does not fail. */
  readonly inBackground: (work: Promise<void>) => void;
  /** Told of an index that could not be made; the newest turns are searched instead. */
  readonly onFailure: (requestId: RequestId, error: unknown) => void;
}

/** Each may hold an index as large as one can be, and a page of turns. */
const mostBuilds = 4;

export class Patience {
  readonly #parts: PatienceParts;
  readonly #waiting: (() => void)[] = [];
  #building = 0;

  constructor(parts: PatienceParts) {
    this.#parts = parts;
  }

  /**
   * Whether the work was done in time. `build` does what is long: it waits until few others do, and gives up if that takes too
   * long. Never throws.
   */
  async inTime(requestId: RequestId, work: (build: (long: Work) => Promise<boolean>) => Promise<boolean>) {
    const { timer, deadlineMs, inBackground, onFailure } = this.#parts;
    let isLate = false;
    let cancel = () => {};
    const late = new Promise<boolean>((resolve) => {
      cancel = timer(deadlineMs, () => {
        isLate = true;
        resolve(false);
      });
    });
    const done = work((long) => this.#build(long, () => isLate)).catch((error: unknown) => {
      onFailure(requestId, error);
      return false;
    });
    const isDone = await Promise.race([done, late]);
    cancel();
    if (isLate) {
      inBackground(done.then(() => undefined));
    }
    return isDone;
  }

  async #build(long: Work, isLate: () => boolean): Promise<boolean> {
    if (this.#building >= mostBuilds) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#building += 1;
    }
    try {
      return !isLate() && (await long());
    } finally {
      const next = this.#waiting.shift();
      if (next) {
        next();
      } else {
        this.#building -= 1;
      }
    }
  }
}
