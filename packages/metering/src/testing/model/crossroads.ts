/** For the model check: where processes wait until it is their turn, and what may go wrong there. */

/** How a call to a store ends. */
export type Ending =
  | "answered"
  /** It never arrived; the caller is told that it failed. */
  | "lost"
  /** It was applied; the caller is told that it failed. */
  | "answer lost"
  /** The caller is told that it failed; it is applied at some later moment. */
  | "late";

interface Waiting {
  readonly owner: object;
  readonly apply: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Nothing of what is simulated goes on by itself: each step is one call of `let` or `crash`. */
export class Crossroads {
  private readonly waiting: Waiting[] = [];
  /** Writes that are under way although nobody waits for them any more. */
  private readonly late: Waiting["apply"][] = [];

  /** Holds a step of `owner` until it is let on. */
  stop<T>(owner: object, apply: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ owner, apply, resolve: (value) => resolve(value as T), reject });
    });
  }

  /** How many steps can be let on. */
  get count(): number {
    return this.waiting.length + this.late.length;
  }

  /** Lets one step on, and everything that follows from it up to the next stops. */
  async let(index: number, ending: Ending): Promise<void> {
    const late = this.late[index - this.waiting.length];
    if (late) {
      this.late.splice(index - this.waiting.length, 1);
      await late();
      return;
    }
    const [step] = this.waiting.splice(index, 1);
    if (!step) {
      return;
    }
    if (ending === "answered") {
      await step.apply().then(step.resolve, step.reject);
    } else {
      if (ending === "answer lost") {
        await step.apply();
      } else if (ending === "late") {
        this.late.push(step.apply);
      }
      step.reject(new Error(`Simulated: ${ending}.`));
    }
    await settled();
  }

  /** Its steps are never answered; of those under way, the ones that `arrives` tells are still applied. */
  crash(owner: object, arrives: () => boolean): void {
    for (const step of this.waiting.filter((one) => one.owner === owner)) {
      this.waiting.splice(this.waiting.indexOf(step), 1);
      if (arrives()) {
        this.late.push(step.apply);
      }
    }
  }
}

/** Resolves when everything that can go on without a step has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
