/** For tests: an invocation log in memory, which is told what ran. */
import type { RequestId } from "@caprock/domain";
import {
  type InvocationLog,
  type LoggedInvocation,
  type LogRange,
  sumOfInvocations,
} from "../invocation-log.ts";

/** It shows what ran at once and works always. */
export class MemoryInvocationLog implements InvocationLog {
  private readonly records: LoggedInvocation[] = [];

  add(invocation: LoggedInvocation): void {
    this.records.push(invocation);
  }

  async find(wanted: ReadonlyMap<RequestId, LogRange>): Promise<ReadonlyMap<RequestId, LoggedInvocation>> {
    const found = new Map<RequestId, LoggedInvocation>();
    for (const record of this.records.filter(({ requestId }) => wanted.has(requestId))) {
      const earlier = found.get(record.requestId);
      found.set(record.requestId, earlier ? sumOfInvocations(earlier, record) : record);
    }
    return found;
  }

  async *list(_range: LogRange): AsyncIterable<LoggedInvocation> {
    yield* [...this.records];
  }

  async isAlive(): Promise<boolean> {
    return true;
  }
}
