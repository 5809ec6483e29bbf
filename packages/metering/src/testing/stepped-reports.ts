/** For tests: the stores behind reports, whose every step waits for its turn, and dies when its process does. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import type { RolledHour, RollUpProgress, RollUpStore } from "../reports/roll-up-store.ts";
import { hourMs, startOf, type UsageCell } from "../reports/usage-cell.ts";

/** Waits for the process's next turn; throws when it is dead. */
export type Step = (what: string) => Promise<void>;

/** Lists hour by hour, as pages of a long answer are read one after another. */
export class SteppedLedgerStore implements LedgerStore {
  constructor(
    private readonly store: LedgerStore,
    private readonly step: Step,
  ) {}

  async record(entry: LedgerEntry): Promise<LedgerEntry> {
    await this.step("record");
    const standing = await this.store.record(entry);
    await this.step("recorded");
    return standing;
  }

  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    for (const entry of entries) {
      await this.step("record one of many");
      await this.store.recordAll([entry]);
    }
    await this.step("recorded all");
    return [];
  }

  async correct(entry: LedgerEntry): Promise<LedgerEntry> {
    await this.step("correct");
    const standing = await this.store.correct(entry);
    await this.step("corrected");
    return standing;
  }

  find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined> {
    return this.store.find(tenantId, requestId);
  }

  async *list(tenantId: TenantId, { startMs, endMs, after }: LedgerRange): AsyncIterable<LedgerEntry> {
    for (let fromMs = startMs; fromMs < endMs; fromMs = startOf(fromMs, hourMs) + hourMs) {
      await this.step("list entries");
      const toMs = Math.min(endMs, startOf(fromMs, hourMs) + hourMs);
      yield* this.store.list(tenantId, { startMs: fromMs, endMs: toMs, after });
    }
  }
}

export class SteppedRollUpStore implements RollUpStore {
  constructor(
    private readonly store: RollUpStore,
    private readonly step: Step,
  ) {}

  async *list(
    tenantId: TenantId,
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  ): AsyncIterable<RolledHour> {
    for (let fromMs = startMs; fromMs < endMs; fromMs += hourMs) {
      await this.step("list hours");
      yield* this.store.list(tenantId, { startMs: fromMs, endMs: Math.min(endMs, fromMs + hourMs) });
    }
  }

  async put(
    tenantId: TenantId,
    startMs: number,
    cells: readonly UsageCell[],
    changes: number,
  ): Promise<boolean> {
    await this.step("put");
    const isKept = await this.store.put(tenantId, startMs, cells, changes);
    await this.step("was put");
    return isKept;
  }

  async beginWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void> {
    await this.step("begin");
    await this.store.beginWrite(tenantId, startMs, writeId, nowMs);
    await this.step("begun");
  }

  async endWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void> {
    await this.step("end");
    await this.store.endWrite(tenantId, startMs, writeId, nowMs);
    await this.step("ended");
  }

  async *due(nowMs: number): AsyncIterable<{ readonly tenantId: TenantId; readonly startMs: number }> {
    await this.step("list due");
    yield* this.store.due(nowMs);
  }

  async schedule(tenantId: TenantId, startMs: number, changes: number, dueAtMs: number): Promise<void> {
    await this.step("schedule");
    await this.store.schedule(tenantId, startMs, changes, dueAtMs);
  }

  async readProgress(tenantId: TenantId): Promise<RollUpProgress | undefined> {
    await this.step("read progress");
    return this.store.readProgress(tenantId);
  }

  async advance(tenantId: TenantId, progress: RollUpProgress): Promise<void> {
    await this.step("advance");
    await this.store.advance(tenantId, progress);
  }
}
