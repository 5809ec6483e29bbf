/** For tests: adjustments in memory, whose every answer may come late and whose writes a crash may cut off. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { Adjustment, AdjustmentStore, CallRange } from "../adjustments/adjustment-store.ts";

export class MemoryAdjustmentStore implements AdjustmentStore {
  readonly posted = new Map<string, Adjustment>();

  async post(adjustment: Adjustment): Promise<boolean> {
    await this.beforeWrite();
    const isFree = !this.posted.has(adjustment.adjustmentId);
    if (isFree) {
      this.posted.set(adjustment.adjustmentId, adjustment);
    }
    await this.afterWrite();
    return isFree;
  }

  /** Where a test makes a process stop; the store is shared, the process is not. */
  async beforeWrite(): Promise<void> {}
  async afterWrite(): Promise<void> {}

  async ofCall(tenantId: TenantId, requestId: RequestId): Promise<readonly Adjustment[]> {
    return this.all().filter((each) => each.tenantId === tenantId && each.requestId === requestId);
  }

  async *ofCalls(tenantId: TenantId, { startMs, endMs }: CallRange): AsyncIterable<Adjustment> {
    yield* this.all().filter(
      (each) => each.tenantId === tenantId && startMs <= each.arrivedAtMs && each.arrivedAtMs < endMs,
    );
  }

  async *billedIn(tenantId: TenantId, month: string, after = ""): AsyncIterable<Adjustment> {
    yield* this.all().filter(
      (each) => each.tenantId === tenantId && each.billedMonth === month && each.adjustmentId > after,
    );
  }

  private all(): Adjustment[] {
    return [...this.posted.values()].sort((a, b) => (a.adjustmentId < b.adjustmentId ? -1 : 1));
  }
}
