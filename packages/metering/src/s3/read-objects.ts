/** Remembers what objects of the invocation log held, so that each is read once by whoever looks again and again. */
import type { LoggedInvocation } from "../invocation-log.ts";

/** Objects of the log never change. What was not asked for the longest is forgotten first. */
export class ReadObjects {
  private readonly byKey = new Map<string, readonly LoggedInvocation[]>();
  private readonly most: number;
  private count = 0;

  /** `most` bounds keys and invocations together: some hundred bytes each. */
  constructor(most: number) {
    this.most = most;
  }

  get(key: string): readonly LoggedInvocation[] | undefined {
    const invocations = this.byKey.get(key);
    if (invocations) {
      this.byKey.delete(key);
      this.byKey.set(key, invocations);
    }
    return invocations;
  }

  set(key: string, invocations: readonly LoggedInvocation[]): void {
    this.forget(key);
    this.byKey.set(key, invocations);
    this.count += 1 + invocations.length;
    for (const oldest of this.byKey.keys()) {
      if (this.count <= this.most) {
        break;
      }
      this.forget(oldest);
    }
  }

  private forget(key: string): void {
    const invocations = this.byKey.get(key);
    if (invocations && this.byKey.delete(key)) {
      this.count -= 1 + invocations.length;
    }
  }
}
