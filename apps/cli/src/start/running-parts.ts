/** The parts that run now: starts them, notices when one ends by itself, stops them in order. */
import { explainEnd, type Part, type PartOptions, spawnPart, stopPart } from "./child-process.ts";
import { StartError } from "./start-error.ts";

export class RunningParts {
  /** Rejects with a StartError when a part ends although nobody stopped it. */
  readonly crashed: Promise<never>;
  readonly #parts: Part[] = [];
  #reportCrash: (reason: StartError) => void = () => undefined;
  #stopping = false;

  constructor() {
    this.crashed = new Promise((_, reject) => {
      this.#reportCrash = reject;
    });
    // Whoever waits for it hears of a crash; without a waiter it is not an error.
    this.crashed.catch(() => undefined);
  }

  /** Waits until the part is ready. Throws StartError if it ends instead, or if the platform is being stopped. */
  async start(options: PartOptions): Promise<void> {
    if (this.#stopping) {
      throw new StartError("Stopped while starting.");
    }
    const part = spawnPart(options);
    this.#parts.push(part);
    void part.ended.then(async (end) => {
      if (!this.#stopping) {
        this.#reportCrash(new StartError(await explainEnd(part, end)));
      }
    });
    await Promise.race([part.ready, this.crashed]);
  }

  /** Stops the parts, those named first before the others; each gets `timeoutMs` to end by itself. */
  async stop(order: readonly string[], timeoutMs: number): Promise<void> {
    this.#stopping = true;
    for (const name of order) {
      await Promise.all(
        this.#parts.filter((part) => part.name === name).map((part) => stopPart(part, timeoutMs)),
      );
    }
  }
}
