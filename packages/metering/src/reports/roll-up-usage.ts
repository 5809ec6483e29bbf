/** Rolls hours of the ledger up that ended a while ago, a bounded number at a time. */
import type { Clock, Tenant, TenantId } from "@caprock/domain";
import type { LedgerStore } from "../ledger-store.ts";
import { cellsOfEntries, type InstantRange } from "./list-cells.ts";
import { openWriteMs, type RolledHour, type RollUpStore } from "./roll-up-store.ts";
import { hourMs, startOf, type UsageCell } from "./usage-cell.ts";

/** An hour is rolled up when it has been over for this long: by then nearly every entry of it is final. */
const rollUpAfterMs = 2 * 3_600_000;

/** Hours of one tenant that are read in one listing. */
const hoursAtOnce = 24;

export interface RollUpParts {
  readonly ledger: Pick<LedgerStore, "list">;
  readonly rollUps: RollUpStore;
  readonly tenants: () => Promise<readonly Pick<Tenant, "id" | "createdAtMs">[]>;
  readonly clock: Clock;
  /** Hours that one round looks at. */
  readonly maxHours: number;
  /** Told of a tenant that could not be worked on; the others are, and the next round tries again. */
  readonly onFailure: (what: string, error: unknown) => void;
}

export interface RollUpReport {
  /** Hours with entries that are now rolled up. */
  rolledUp: number;
  /** Hours left to the next rounds because they are being written to. */
  postponed: number;
  /** Tenants, or hours that were due again, that could not be worked on. */
  failed: number;
}

/**
 * One round: first the hours that were written to late, then the hours that ended since, of the tenants that are
 * furthest behind first. A tenant's hours begin with the one it was created in; entries before that (made-up ones)
 * are never rolled up. Safe to run at any time, twice at once, and to be killed in between.
 */
export async function rollUpUsage(parts: RollUpParts): Promise<RollUpReport> {
  const report: RollUpReport = { rolledUp: 0, postponed: 0, failed: 0 };
  let hoursLeft = parts.maxHours;
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      report.failed += 1;
      parts.onFailure(what, error);
    }
  };
  const nowMs = parts.clock.now();
  for await (const { tenantId, startMs } of parts.rollUps.due(nowMs)) {
    if (hoursLeft <= 0) {
      break;
    }
    hoursLeft -= 1;
    await attempt(`${tenantId} ${startMs}`, () =>
      rollUpHours(tenantId, { startMs, endMs: startMs + hourMs }, parts, report),
    );
  }
  const untilMs = startOf(nowMs - rollUpAfterMs, hourMs);
  for (const { id, fromMs, nextMs } of await behind(untilMs, parts)) {
    for (let startMs = nextMs; startMs < untilMs && hoursLeft > 0; ) {
      const hours = Math.min(hoursAtOnce, hoursLeft, (untilMs - startMs) / hourMs);
      const range = { startMs, endMs: startMs + hours * hourMs };
      startMs = range.endMs;
      hoursLeft -= hours;
      const failedBefore = report.failed;
      await attempt(id, async () => {
        await rollUpHours(id, range, parts, report);
        await parts.rollUps.advance(id, { fromMs, untilMs: range.endMs });
      });
      if (report.failed > failedBefore) {
        break;
      }
    }
  }
  return report;
}

/** Tenants with hours to look at, the one that is furthest behind first. */
async function behind(untilMs: number, { tenants, rollUps }: RollUpParts) {
  const all = await Promise.all(
    (await tenants()).map(async ({ id, createdAtMs }) => {
      const progress = await rollUps.readProgress(id);
      const fromMs = progress?.fromMs ?? startOf(createdAtMs, hourMs);
      return { id, fromMs, nextMs: progress?.untilMs ?? fromMs };
    }),
  );
  return all.filter(({ nextMs }) => nextMs < untilMs).sort((a, b) => a.nextMs - b.nextMs);
}

/** The hours of a range, which begins and ends with one. What is stored of them is read before their entries. */
async function rollUpHours(
  tenantId: TenantId,
  range: InstantRange,
  parts: RollUpParts,
  report: RollUpReport,
): Promise<void> {
  const stored = new Map<number, RolledHour>();
  for await (const hour of parts.rollUps.list(tenantId, range)) {
    stored.set(hour.startMs, hour);
  }
  const cells = new Map<number, UsageCell[]>();
  for await (const cell of cellsOfEntries(tenantId, range, parts)) {
    const startMs = startOf(cell.startMs, hourMs);
    const ofHour = cells.get(startMs) ?? [];
    ofHour.push(cell);
    cells.set(startMs, ofHour);
  }
  for (let startMs = range.startMs; startMs < range.endMs; startMs += hourMs) {
    await rollUpHour(tenantId, startMs, cells.get(startMs) ?? [], stored.get(startMs), parts, report);
  }
}

async function rollUpHour(
  tenantId: TenantId,
  startMs: number,
  cells: readonly UsageCell[],
  stored: RolledHour | undefined,
  { rollUps, clock }: RollUpParts,
  report: RollUpReport,
): Promise<void> {
  if (stored?.cells || (stored === undefined && cells.length === 0)) {
    return;
  }
  const changes = stored?.changes ?? 0;
  const deadAtMs = Math.max(...(stored?.openWritesSinceMs ?? [])) + openWriteMs;
  if (deadAtMs > clock.now()) {
    report.postponed += 1;
    await rollUps.schedule(tenantId, startMs, changes, deadAtMs);
  } else if (await rollUps.put(tenantId, startMs, cells, changes)) {
    report.rolledUp += 1;
  } else {
    report.postponed += 1;
  }
}
