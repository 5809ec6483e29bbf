/** Lists a tenant's usage cells: roll-ups where there are any, the ledger's entries everywhere else. */
import type { TenantId } from "@caprock/domain";
import type { LedgerStore } from "../ledger-store.ts";
import type { RolledHour, RollUpProgress, RollUpStore } from "./roll-up-store.ts";
import { CellSums, countedAtMs, hourMs, quarterMs, startOf, type UsageCell } from "./usage-cell.ts";

export interface CellParts {
  readonly ledger: Pick<LedgerStore, "list">;
  readonly rollUps: Pick<RollUpStore, "list" | "readProgress">;
}

export interface InstantRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** The cells of [startMs, endMs), by time. They sum to the entries that the ledger lists of it. */
export async function* listCells(
  tenantId: TenantId,
  { startMs, endMs }: InstantRange,
  parts: CellParts,
): AsyncIterable<UsageCell> {
  const progress = await parts.rollUps.readProgress(tenantId);
  let rawFromMs = startMs;
  for await (const hour of knownHours({ startMs, endMs }, progress, tenantId, parts)) {
    yield* cellsOfEntries(tenantId, { startMs: rawFromMs, endMs: Math.max(rawFromMs, hour.startMs) }, parts);
    yield* (hour.cells ?? []).filter((cell) => startMs <= cell.startMs && cell.startMs < endMs);
    rawFromMs = Math.min(endMs, hour.startMs + hourMs);
  }
  yield* cellsOfEntries(tenantId, { startMs: rawFromMs, endMs }, parts);
}

/** The hours of a range whose cells are known without reading entries: rolled up, or looked at and empty. */
async function* knownHours(
  { startMs, endMs }: InstantRange,
  progress: RollUpProgress | undefined,
  tenantId: TenantId,
  { rollUps }: CellParts,
): AsyncIterable<Pick<RolledHour, "startMs" | "cells">> {
  // Cells cannot be split, so an hour that the range cuts elsewhere than at a quarter is read from its entries.
  const fromMs = startMs % quarterMs === 0 ? startOf(startMs, hourMs) : startOf(startMs, hourMs) + hourMs;
  const toMs = endMs % quarterMs === 0 ? startOf(endMs + hourMs - 1, hourMs) : startOf(endMs, hourMs);
  let nextMs = Math.max(fromMs, progress?.fromMs ?? toMs);
  const lastMs = Math.min(toMs, progress?.untilMs ?? fromMs);
  if (nextMs >= lastMs) {
    return;
  }
  for await (const hour of rollUps.list(tenantId, { startMs: nextMs, endMs: lastMs })) {
    yield* emptyHours(nextMs, hour.startMs);
    if (hour.cells) {
      yield hour;
    }
    nextMs = hour.startMs + hourMs;
  }
  yield* emptyHours(nextMs, lastMs);
}

function* emptyHours(fromMs: number, toMs: number): Iterable<Pick<RolledHour, "startMs">> {
  for (let startMs = fromMs; startMs < toMs; startMs += hourMs) {
    yield { startMs };
  }
}

/** Adds up entries as they come; no more than a quarter of an hour of cells is kept. */
export async function* cellsOfEntries(
  tenantId: TenantId,
  { startMs, endMs }: InstantRange,
  { ledger }: Pick<CellParts, "ledger">,
): AsyncIterable<UsageCell> {
  if (startMs >= endMs) {
    return;
  }
  const sums = new CellSums();
  let quarter = startOf(startMs, quarterMs);
  for await (const entry of ledger.list(tenantId, { startMs, endMs })) {
    const entryQuarter = startOf(countedAtMs(entry), quarterMs);
    if (entryQuarter !== quarter) {
      yield* sums.take();
      quarter = entryQuarter;
    }
    sums.add(entry);
  }
  yield* sums.take();
}
