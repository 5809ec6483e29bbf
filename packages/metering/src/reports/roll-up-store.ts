/**
 * Roll-ups: the cells of whole UTC hours, kept so that reports need not read each entry again. An hour is rolled
 * up only while nothing is being written to it: a late write (of an entry whose hour is long over) says so first,
 * which removes the hour's cells, and again when it is done. Hence cells that are there are those of the ledger.
 */
import type { TenantId } from "@caprock/domain";
import type { UsageCell } from "./usage-cell.ts";

/** What is known of an hour of a tenant. */
export interface RolledHour {
  readonly startMs: number;
  /** How often it was written to late. */
  readonly changes: number;
  /** When each late write began that did not say that it is done. */
  readonly openWritesSinceMs: readonly number[];
  /** Absent while the hour is not rolled up; then its entries count. */
  readonly cells?: readonly UsageCell[];
}

/** The hours [fromMs, untilMs) of a tenant have been looked at: one of them that is not stored had no entries. */
export interface RollUpProgress {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface RollUpStore {
  /** What is stored of a tenant's hours that begin in [startMs, endMs), by time. Consistent. */
  list(
    tenantId: TenantId,
    range: { readonly startMs: number; readonly endMs: number },
  ): AsyncIterable<RolledHour>;
  /**
   * Keeps an hour's cells if it has been written to late exactly `changes` times; false if that is not so, and for
   * more cells than one item holds. Forgets its open writes.
   */
  put(tenantId: TenantId, startMs: number, cells: readonly UsageCell[], changes: number): Promise<boolean>;
  /** Removes the hour's cells and notes the write. Repeating it changes nothing that matters. */
  beginWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void>;
  /** Removes the hour's cells and the note of the write. */
  endWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void>;
  /** Hours that were written to late, and should be looked at again by `nowMs`. */
  due(nowMs: number): AsyncIterable<{ readonly tenantId: TenantId; readonly startMs: number }>;
  /** When to look at an hour again, unless it was written to since it had `changes`. */
  schedule(tenantId: TenantId, startMs: number, changes: number, dueAtMs: number): Promise<void>;
  readProgress(tenantId: TenantId): Promise<RollUpProgress | undefined>;
  /** Sets the first progress, and later ones with the same start that reach further; others change nothing. */
  advance(tenantId: TenantId, progress: RollUpProgress): Promise<void>;
}

/** After this long nobody writes any more who began to: the process is dead. */
export const openWriteMs = 24 * 3_600_000;
