/** For the model check: Bedrock's log of what ran, by its own clock, hour by hour as in S3, and somewhat late. */
import type { RequestId } from "@caprock/domain";
import {
  type InvocationLog,
  type LoggedInvocation,
  type LogRange,
  sumOfInvocations,
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

  constructor(now: () => number) {
    this.now = now;
  }

  add(invocation: LoggedInvocation, delayMs: number): void {
    this.records.push({ invocation, ranAtMs: this.now(), visibleAtMs: this.now() + delayMs });
  }

  async find(wanted: ReadonlyMap<RequestId, LogRange>): Promise<ReadonlyMap<RequestId, LoggedInvocation>> {
    const found = new Map<RequestId, LoggedInvocation>();
    for (const record of this.records) {
      const { requestId } = record.invocation;
      const range = wanted.get(requestId);
      if (range && this.shows(record, range)) {
        const earlier = found.get(requestId);
        found.set(requestId, earlier ? sumOfInvocations(earlier, record.invocation) : record.invocation);
      }
    }
    return found;
  }

  async *list(range: LogRange): AsyncIterable<LoggedInvocation> {
    yield* this.records.filter((record) => this.shows(record, range)).map(({ invocation }) => invocation);
  }

  /** Other tenants keep it busy. */
  async isAlive(): Promise<boolean> {
    return true;
  }

  private shows({ ranAtMs, visibleAtMs }: LogRecord, { fromMs, toMs }: LogRange): boolean {
    const hour = Math.floor(ranAtMs / hourMs);
    return (
      visibleAtMs <= this.now() &&
      Math.floor(fromMs / hourMs) <= hour &&
      hour <= Math.floor((toMs - 1) / hourMs)
    );
  }
}
