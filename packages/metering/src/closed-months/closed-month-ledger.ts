/** The ledger as everyone writes it: what comes too late for a closed month becomes an adjustment. */
import type { Clock, RequestId, TenantId } from "@caprock/domain";
import type { AdjustmentKind, AdjustmentStore } from "../adjustments/adjustment-store.ts";
import { nextAdjustment } from "../adjustments/next-adjustment.ts";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import { utcMonths } from "../windows.ts";
import type { ClosedMonth, ClosedMonthStore } from "./closed-month-store.ts";

export interface ClosedMonthLedgerParts {
  readonly ledger: LedgerStore;
  readonly closedMonths: Pick<ClosedMonthStore, "find">;
  readonly adjustments: AdjustmentStore;
  readonly clock: Clock;
  readonly closeAfterMs: number;
}

/** How far time zones lie behind and ahead of UTC. */
const behindUtcMs = 12 * 3_600_000;
const aheadOfUtcMs = 14 * 3_600_000;

/**
 * Writes through to the ledger. Only an entry whose month may be closed costs a look at that: one that is written
 * later than `closeAfterMs` after its arrival. In a closed month the ledger stays as it is: what `record` and
 * `correct` would have changed is posted as an adjustment, once, and the entry is returned as if it stood.
 */
export class ClosedMonthLedger implements LedgerStore {
  private readonly parts: ClosedMonthLedgerParts;

  constructor(parts: ClosedMonthLedgerParts) {
    this.parts = parts;
  }

  async record(entry: LedgerEntry): Promise<LedgerEntry> {
    const closed = await this.closedMonthOf(entry);
    if (!closed) {
      return this.parts.ledger.record(entry);
    }
    const standing = await this.parts.ledger.find(entry.tenantId, entry.requestId);
    if (standing) {
      return standing;
    }
    await this.adjust(entry, undefined, closed);
    return entry;
  }

  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const late = entries.filter((entry) => this.isLate(entry));
    const inTime = late.length === 0 ? entries : entries.filter((entry) => !this.isLate(entry));
    const outcomes = await Promise.allSettled(late.map((entry) => this.record(entry)));
    const failed = late.filter((_, index) => outcomes[index]?.status === "rejected");
    return [...(inTime.length === 0 ? [] : await this.parts.ledger.recordAll(inTime)), ...failed];
  }

  async correct(entry: LedgerEntry): Promise<LedgerEntry> {
    const closed = await this.closedMonthOf(entry);
    if (!closed) {
      return this.parts.ledger.correct(entry);
    }
    const standing = await this.parts.ledger.find(entry.tenantId, entry.requestId);
    if (standing && !standing.estimated) {
      return standing;
    }
    await this.adjust(entry, standing, closed);
    return entry;
  }

  find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined> {
    return this.parts.ledger.find(tenantId, requestId);
  }

  list(tenantId: TenantId, range: LedgerRange): AsyncIterable<LedgerEntry> {
    return this.parts.ledger.list(tenantId, range);
  }

  private isLate({ arrivedAtMs }: LedgerEntry): boolean {
    return this.parts.clock.now() - arrivedAtMs > this.parts.closeAfterMs;
  }

  /** The tenant's time zone is not known here, so both months that the arrival can fall into are looked up. */
  private async closedMonthOf(entry: LedgerEntry): Promise<ClosedMonth | undefined> {
    if (!this.isLate(entry)) {
      return undefined;
    }
    const { tenantId, arrivedAtMs } = entry;
    for (const month of utcMonths(arrivedAtMs - behindUtcMs, arrivedAtMs + aheadOfUtcMs)) {
      const closed = await this.parts.closedMonths.find(tenantId, month);
      if (closed && closed.startMs <= arrivedAtMs && arrivedAtMs < closed.endMs) {
        return closed;
      }
    }
    return undefined;
  }

  /** Brings what a call is charged from its entry, if it has one, to the cost of `entry`. */
  private async adjust(
    entry: LedgerEntry,
    standing: LedgerEntry | undefined,
    { timeZone }: ClosedMonth,
  ): Promise<void> {
    const { adjustments, clock, closeAfterMs } = this.parts;
    const kind: AdjustmentKind = standing ? "lateCorrection" : "lateEntry";
    for (let posted = false; !posted; ) {
      const before = await adjustments.ofCall(entry.tenantId, entry.requestId);
      if (before.some((earlier) => earlier.kind === kind)) {
        return;
      }
      const call = { entry, entered: standing, before, target: entry };
      posted = await adjustments.post({
        ...nextAdjustment(call, clock.now(), { timeZone, closeAfterMs }),
        ...(standing ? { fromPriceBookVersion: standing.priceBookVersion } : { usage: entry.usage }),
        kind,
        reason: standing
          ? "The true cost became known after the month was closed."
          : "The call became known after its month was closed.",
        author: "caprock",
      });
    }
  }
}
