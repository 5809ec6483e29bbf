/** A ledger whose late writes are told to the roll-ups, so that no roll-up outlives a change of its hour. */
import type { Clock, RequestId, TenantId } from "@caprock/domain";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import type { RollUpStore } from "./roll-up-store.ts";
import { countedAtMs, hourMs, startOf } from "./usage-cell.ts";

/**
 * An entry is written late when its hour has been over for this long. Half of `rollUpAfterMs`: clocks may differ,
 * and a write may take, up to the other half.
 */
const lateAfterMs = 3_600_000;

export interface RollingLedgerParts {
  readonly ledger: LedgerStore;
  readonly rollUps: RollUpStore;
  readonly clock: Clock;
}

interface TenantHour {
  readonly tenantId: TenantId;
  readonly startMs: number;
}

export class RollingLedgerStore implements LedgerStore {
  private readonly parts: RollingLedgerParts;

  constructor(parts: RollingLedgerParts) {
    this.parts = parts;
  }

  async record(entry: LedgerEntry): Promise<LedgerEntry> {
    return this.write([entry], `record-${entry.requestId}`, () => this.parts.ledger.record(entry));
  }

  /** What could not be announced to the roll-ups is not written, and among what is returned. */
  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const { ledger } = this.parts;
    if (!entries.some((entry) => this.isLate(hourOf(entry)))) {
      return this.write(entries, `all-${entries[0]?.requestId}`, () => ledger.recordAll(entries), isEmpty);
    }
    const late = entries.filter((entry) => this.isLate(hourOf(entry)));
    const rest = entries.filter((entry) => !late.includes(entry));
    const [lateLeft, restLeft] = await Promise.all([
      this.write(late, `all-${late[0]?.requestId}`, () => ledger.recordAll(late), isEmpty).catch(() => late),
      this.write(rest, `all-${rest[0]?.requestId}`, () => ledger.recordAll(rest), isEmpty),
    ]);
    return [...lateLeft, ...restLeft];
  }

  async correct(entry: LedgerEntry): Promise<LedgerEntry> {
    return this.write([entry], `correct-${entry.requestId}`, () => this.parts.ledger.correct(entry));
  }

  find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined> {
    return this.parts.ledger.find(tenantId, requestId);
  }

  list(tenantId: TenantId, range: LedgerRange): AsyncIterable<LedgerEntry> {
    return this.parts.ledger.list(tenantId, range);
  }

  /**
   * Begins, writes, ends. Whoever dies in between, and whose write fails or is not `isDone`, leaves its hours to be
   * read from their entries until the write is too old to be carried out any more. Two writes under one id are the
   * same write: the second finds the first one's entry and changes nothing.
   */
  private async write<T>(
    entries: readonly LedgerEntry[],
    writeId: string,
    apply: () => Promise<T>,
    isDone: (result: T) => boolean = () => true,
  ): Promise<T> {
    const { rollUps, clock } = this.parts;
    const hours = hoursOf(entries);
    const begun = hours.filter((hour) => this.isLate(hour));
    const beganAtMs = clock.now();
    await Promise.all(
      begun.map(({ tenantId, startMs }) => rollUps.beginWrite(tenantId, startMs, writeId, beganAtMs)),
    );
    const result = await apply();
    // A process may have slept within the write, so that it became late.
    const slept = hours.filter((hour) => !begun.includes(hour) && this.isLate(hour));
    const end = ({ tenantId, startMs }: TenantHour) =>
      rollUps.endWrite(tenantId, startMs, writeId, clock.now());
    await Promise.all(slept.map(end));
    if (isDone(result)) {
      // What is not told to be done is still right, only slower to report.
      await Promise.all(begun.map((hour) => end(hour).catch(() => undefined)));
    }
    return result;
  }

  private isLate({ startMs }: TenantHour): boolean {
    return startMs + hourMs + lateAfterMs <= this.parts.clock.now();
  }
}

function isEmpty(left: readonly LedgerEntry[]): boolean {
  return left.length === 0;
}

function hourOf(entry: LedgerEntry): TenantHour {
  return { tenantId: entry.tenantId, startMs: startOf(countedAtMs(entry), hourMs) };
}

function hoursOf(entries: readonly LedgerEntry[]): readonly TenantHour[] {
  const hours = entries.map(hourOf);
  return [...new Map(hours.map((hour) => [`${hour.tenantId} ${hour.startMs}`, hour])).values()];
}
