/**
 * A ledger that tells the metrics what it took. Standing here, and not where calls end, metrics count exactly what
 * the ledger has: whoever's write made an entry, or corrected it, counts it, whichever process and route it was. It
 * stands right before the store: what others turn into adjustments is not in the ledger, and not in the metrics. A
 * write that failed for good and had been applied all the same is not counted; comparing the two shows it.
 */
import type { RequestId, TenantId } from "@caprock/domain";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import type { CallMetrics } from "./call-metrics.ts";

export interface MeasuredLedgerParts {
  readonly ledger: LedgerStore;
  readonly metrics: CallMetrics;
  /** Whether this process settles calls as they end, so that its entries tell how long they took. */
  readonly settlesCalls: boolean;
}

/** So many calls at least are remembered as counted: a settlement is repeated soon or not at all. */
const remembered = 20_000;

export class MeasuredLedger implements LedgerStore {
  private readonly parts: MeasuredLedgerParts;
  private counted = new Set<RequestId>();
  /** Those before them. Two sets in turn: finding the oldest of one skips all that were deleted before it. */
  private countedBefore = new Set<RequestId>();

  constructor(parts: MeasuredLedgerParts) {
    this.parts = parts;
  }

  async record(entry: LedgerEntry): Promise<LedgerEntry> {
    const standing = await this.parts.ledger.record(entry);
    // The answer to the write may have been lost and the write repeated: then the entry that stands is read back.
    if (standing === entry || isSame(standing, entry)) {
      this.count(entry);
    }
    return standing;
  }

  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const failed = await this.parts.ledger.recordAll(entries);
    const unwritten = new Set(failed.map(({ requestId }) => requestId));
    for (const entry of entries.filter(({ requestId }) => !unwritten.has(requestId))) {
      this.count(entry);
    }
    return failed;
  }

  async correct(entry: LedgerEntry): Promise<LedgerEntry> {
    const before = await this.parts.ledger.find(entry.tenantId, entry.requestId);
    const standing = await this.parts.ledger.correct(entry);
    if (!before) {
      if (isSame(standing, entry)) {
        this.count(entry);
      }
    } else if (before.estimated && standing.corrected?.atMs === entry.settledAtMs && !entry.simulated) {
      this.parts.metrics.corrected(before, standing);
    }
    return standing;
  }

  find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined> {
    return this.parts.ledger.find(tenantId, requestId);
  }

  list(tenantId: TenantId, range: LedgerRange): AsyncIterable<LedgerEntry> {
    return this.parts.ledger.list(tenantId, range);
  }

  /** Made-up traffic is not sent: nobody pays to watch it. */
  private count(entry: LedgerEntry): void {
    const { requestId, simulated } = entry;
    if (simulated || this.counted.has(requestId) || this.countedBefore.has(requestId)) {
      return;
    }
    if (this.counted.size >= remembered) {
      this.countedBefore = this.counted;
      this.counted = new Set();
    }
    this.counted.add(requestId);
    const latencyMs = this.parts.settlesCalls ? entry.settledAtMs - entry.arrivedAtMs : undefined;
    this.parts.metrics.settled(entry, latencyMs);
  }
}

/** Two writers of one call differ at least in when they settled it. */
function isSame(a: LedgerEntry, b: LedgerEntry): boolean {
  return (
    a.settledAtMs === b.settledAtMs &&
    a.status === b.status &&
    a.costNanoUsd === b.costNanoUsd &&
    a.estimated === b.estimated
  );
}
