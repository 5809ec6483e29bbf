/** How long an answer waits for an index, and how much work on indexes a process takes on at once. */
import { type Deadline, inTime, late, type RequestId } from "@caprock/domain";

/** False when it was given up. */
export type Work = () => Promise<boolean>;

/** What is not done by the deadline goes on for the next answer. */
export interface PatienceParts extends Deadline {
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
    const { inBackground, onFailure } = this.#parts;
    const isDone = await inTime(
      this.#parts,
      (overdue) =>
        work((long) => this.#build(long, overdue)).catch((error: unknown) => {
          onFailure(requestId, error);
          return false;
        }),
      (done) => inBackground(done.then(() => undefined)),
    );
    return isDone !== late && isDone;
  }

  async #build(long: Work, overdue: AbortSignal): Promise<boolean> {
    if (this.#building >= mostBuilds) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#building += 1;
    }
    try {
      return !overdue.aborted && (await long());
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
