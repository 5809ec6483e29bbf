/** How much is asked of a limit just now: decides whether a grant pays, and how large it should be. */

/** The stretch of time that demand is measured over, and that a grant should last for. */
const spanMs = 1_000;

/** Fewer calls than this within the span are let through one by one: a grant would cost as many writes. */
const callsOfBusy = 3;

interface Span {
  readonly startMs: number;
  calls: number;
  amount: bigint;
}

export class Demand {
  private current: Span = { startMs: 0, calls: 0, amount: 0n };
  private previous: Span = this.current;

  ask(amount: bigint, nowMs: number): void {
    this.roll(nowMs);
    this.current.calls += 1;
    this.current.amount += amount;
  }

  isBusy(nowMs: number): boolean {
    this.roll(nowMs);
    return this.current.calls + this.previous.calls >= callsOfBusy;
  }

  /** What was asked for within about one span. */
  amount(nowMs: number): bigint {
    this.roll(nowMs);
    const { current, previous } = this;
    if (previous.amount > current.amount) {
      return previous.amount;
    }
    return current.amount;
  }

  private roll(nowMs: number): void {
    const passedMs = nowMs - this.current.startMs;
    if (passedMs >= 0 && passedMs < spanMs) {
      return;
    }
    this.previous = passedMs < 2 * spanMs ? this.current : { startMs: 0, calls: 0, amount: 0n };
    this.current = { startMs: nowMs, calls: 0, amount: 0n };
  }
}
