/** For tests: roll-ups in memory, with every promise that DynamoDB's keep. */
import type { TenantId } from "@caprock/domain";
import {
  openWriteMs,
  type RolledHour,
  type RollUpProgress,
  type RollUpStore,
} from "../reports/roll-up-store.ts";
import type { UsageCell } from "../reports/usage-cell.ts";

interface StoredHour {
  readonly tenantId: TenantId;
  readonly startMs: number;
  changes: number;
  cells?: readonly UsageCell[] | undefined;
  dueAtMs?: number | undefined;
  readonly openWrites: Map<string, number>;
}

export class MemoryRollUpStore implements RollUpStore {
  private readonly hours = new Map<string, StoredHour>();
  private readonly progress = new Map<TenantId, RollUpProgress>();

  async *list(
    tenantId: TenantId,
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  ): AsyncIterable<RolledHour> {
    const found = [...this.hours.values()]
      .filter((hour) => hour.tenantId === tenantId && startMs <= hour.startMs && hour.startMs < endMs)
      .sort((a, b) => a.startMs - b.startMs);
    yield* found.map(({ startMs: at, changes, cells, openWrites }) => ({
      startMs: at,
      changes,
      openWritesSinceMs: [...openWrites.values()],
      ...(cells && { cells }),
    }));
  }

  async put(
    tenantId: TenantId,
    startMs: number,
    cells: readonly UsageCell[],
    changes: number,
  ): Promise<boolean> {
    const standing = this.hours.get(keyOf(tenantId, startMs));
    if ((standing?.changes ?? 0) !== changes) {
      return false;
    }
    this.hours.set(keyOf(tenantId, startMs), { tenantId, startMs, changes, cells, openWrites: new Map() });
    return true;
  }

  async beginWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void> {
    const hour = this.note(tenantId, startMs, nowMs + openWriteMs);
    hour.openWrites.set(writeId, nowMs);
  }

  async endWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void> {
    const hour = this.note(tenantId, startMs, nowMs + 10 * 60_000);
    hour.openWrites.delete(writeId);
  }

  async *due(nowMs: number): AsyncIterable<{ readonly tenantId: TenantId; readonly startMs: number }> {
    yield* [...this.hours.values()].filter(({ dueAtMs }) => dueAtMs !== undefined && dueAtMs <= nowMs);
  }

  async schedule(tenantId: TenantId, startMs: number, changes: number, dueAtMs: number): Promise<void> {
    const hour = this.hours.get(keyOf(tenantId, startMs));
    if (hour?.changes === changes) {
      hour.dueAtMs = dueAtMs;
    }
  }

  async readProgress(tenantId: TenantId): Promise<RollUpProgress | undefined> {
    return this.progress.get(tenantId);
  }

  async advance(tenantId: TenantId, next: RollUpProgress): Promise<void> {
    const standing = this.progress.get(tenantId);
    if (!standing || (standing.fromMs === next.fromMs && standing.untilMs < next.untilMs)) {
      this.progress.set(tenantId, next);
    }
  }

  private note(tenantId: TenantId, startMs: number, dueAtMs: number): StoredHour {
    const key = keyOf(tenantId, startMs);
    const hour: StoredHour = this.hours.get(key) ?? { tenantId, startMs, changes: 0, openWrites: new Map() };
    hour.changes += 1;
    hour.cells = undefined;
    hour.dueAtMs = dueAtMs;
    this.hours.set(key, hour);
    return hour;
  }
}

function keyOf(tenantId: TenantId, startMs: number): string {
  return `${tenantId} ${startMs}`;
}
