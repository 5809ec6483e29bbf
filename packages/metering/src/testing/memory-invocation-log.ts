/** For tests: an invocation log in memory, which is told what ran. */
import {
  type InvocationLog,
  isWanted,
  LoggedCalls,
  type LoggedInvocation,
  type LogRange,
  type WantedInvocations,
} from "../invocation-log.ts";

/** It shows what ran at once, and works until it is told that it does not any more. */
export class MemoryInvocationLog implements InvocationLog {
  /** When something was delivered last. */
  aliveUntilMs = Number.POSITIVE_INFINITY;
  private readonly records: LoggedInvocation[] = [];

  add(invocation: LoggedInvocation): void {
    this.records.push(invocation);
  }

  async find(wanted: WantedInvocations): Promise<LoggedCalls> {
    return LoggedCalls.of(this.records.filter((record) => isWanted(record, wanted)));
  }

  async *list(_range: LogRange): AsyncIterable<LoggedInvocation> {
    yield* [...this.records];
  }

  async isAlive(sinceMs: number): Promise<boolean> {
    return sinceMs <= this.aliveUntilMs;
  }
}
