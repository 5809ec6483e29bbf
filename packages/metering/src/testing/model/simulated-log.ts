/** For the model check: Bedrock's log of what ran, by its own clock, hour by hour as in S3, and somewhat late. */
import {
  type InvocationLog,
  LoggedCalls,
  type LoggedInvocation,
  type LogRange,
  type WantedInvocations,
} from "../../invocation-log.ts";

interface LogRecord {
  readonly invocation: LoggedInvocation;
  readonly ranAtMs: number;
  readonly visibleAtMs: number;
}

const hourMs = 3_600_000;

export class SimulatedLog implements InvocationLog {
  private readonly records: LogRecord[] = [];
  private readonly now: () => number;
  /** When its delivery breaks for good. */
  private readonly diesAtMs: number;

  constructor(now: () => number, diesAtMs: number) {
    this.now = now;
    this.diesAtMs = diesAtMs;
  }

  /** It is delivered once for each delay. */
  add(invocation: LoggedInvocation, delaysMs: readonly number[]): void {
    for (const delayMs of delaysMs) {
      this.records.push({ invocation, ranAtMs: this.now(), visibleAtMs: this.now() + delayMs });
    }
  }

  async find({ requests, grants }: WantedInvocations): Promise<LoggedCalls> {
    const wanted = this.records.filter((record) => {
      const { requestId, grantId } = record.invocation;
      const ranges = [requests.get(requestId), grantId === undefined ? undefined : grants.get(grantId)];
      return ranges.some((range) => range && this.shows(record, range));
    });
    return LoggedCalls.of(wanted.map(({ invocation }) => invocation));
  }

  async *list(range: LogRange): AsyncIterable<LoggedInvocation> {
    yield* this.records.filter((record) => this.shows(record, range)).map(({ invocation }) => invocation);
  }

  /** Other tenants keep it busy, for as long as it is delivered. */
  async isAlive(sinceMs: number): Promise<boolean> {
    return sinceMs <= Math.min(this.now(), this.diesAtMs);
  }

  private shows({ ranAtMs, visibleAtMs }: LogRecord, { fromMs, toMs }: LogRange): boolean {
    const hour = Math.floor(ranAtMs / hourMs);
    return (
      visibleAtMs <= Math.min(this.now(), this.diesAtMs) &&
      Math.floor(fromMs / hourMs) <= hour &&
      hour <= Math.floor((toMs - 1) / hourMs)
    );
  }
}
