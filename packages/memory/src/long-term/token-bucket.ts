/** How often something may be done: a bucket that fills steadily and holds one second's worth. */
import type { Clock } from "@caprock/domain";

export class TokenBucket {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#tokens = perSecond;
    this.#filledAtMs = clock.now();
  }

  /** Takes one, and tells how long to wait before using it: callers that ask at once are spread out. */
  takeMs(): number {
    const nowMs = this.#clock.now();
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (elapsedMs * this.#perSecond) / 1_000);
    this.#filledAtMs = nowMs;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1_000) / this.#perSecond);
  }

  /** Whether it is as full as when it was made, so that it may be thrown away. */
  get full(): boolean {
    const elapsedMs = Math.max(0, this.#clock.now() - this.#filledAtMs);
    return this.#tokens + (elapsedMs * this.#perSecond) / 1_000 >= this.#perSecond;
  }
}
