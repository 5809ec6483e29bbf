/** Time and randomness as ports, so that every rule that depends on them can be tested. */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** Runs `work` once, `durationMs` from now, unless the function that is returned is called before. */
export type Timer = (durationMs: number, work: () => void) => () => void;

/** A timer that never fires; for tests in which no deadline may pass, however busy the machine is. */
export const stoppedTimer: Timer = () => () => {};

export interface Random {
  /** `count` bytes that cannot be predicted. */
  bytes(count: number): Uint8Array;
}

/** A clock that stands still until it is moved; for tests and for filling in demo traffic. */
export class ManualClock implements Clock {
  private instantMs: number;

  constructor(instantMs: number) {
    this.instantMs = instantMs;
  }

  now(): number {
    return this.instantMs;
  }

  set(instantMs: number): void {
    this.instantMs = instantMs;
  }

  advance(durationMs: number): void {
    this.instantMs += durationMs;
  }
}
