/** For tests: a ledger in memory, with every promise that DynamoDB's keeps. */
import { firstRequestIdAt, type RequestId, type TenantId } from "@caprock/domain";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";

export class MemoryLedgerStore implements LedgerStore {
  private readonly entries = new Map<string, LedgerEntry>();

  async record(entry: LedgerEntry): Promise<LedgerEntry> {
    return this.entries.get(keyOf(entry)) ?? this.put(entry);
  }

  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    for (const entry of entries) {
      this.put(entry);
    }
    return [];
  }

  async correct(entry: LedgerEntry): Promise<LedgerEntry> {
    const standing = this.entries.get(keyOf(entry));
    if (!standing) {
      return this.put(entry);
    }
    if (!standing.estimated) {
      return standing;
    }
    return this.put({
      ...entry,
      ...(standing.grant && { grant: standing.grant }),
      corrected: { atMs: entry.settledAtMs, estimatedCostNanoUsd: standing.costNanoUsd },
    });
  }

  async find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined> {
    return this.entries.get(keyOf({ tenantId, requestId }));
  }

  async *list(tenantId: TenantId, { startMs, endMs, after = "" }: LedgerRange): AsyncIterable<LedgerEntry> {
    const start = firstRequestIdAt(startMs);
    const end = firstRequestIdAt(endMs);
    yield* this.all()
      .filter((entry) => entry.tenantId === tenantId)
      .filter(({ requestId }) => requestId >= start && requestId < end && requestId > after)
      .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
  }

  /** Every entry, for a test to look at. */
  all(): readonly LedgerEntry[] {
    return [...this.entries.values()];
  }

  private put(entry: LedgerEntry): LedgerEntry {
    this.entries.set(keyOf(entry), entry);
    return entry;
  }
}

function keyOf({ tenantId, requestId }: Pick<LedgerEntry, "tenantId" | "requestId">): string {
  return `${tenantId} ${requestId}`;
}
