/** Compares the ledger with AWS's bill, by tenant, model and day. */
import type { NanoUsd, TenantId } from "@caprock/domain";
import { type BillingExport, partsOfCount } from "./billing-export.ts";
import { type Amounts, DriftTally, partsOfNano } from "./drift-tally.ts";
import { amountsOf } from "./ledger-amounts.ts";
import { type LedgerCallParts, ledgerCalls } from "./ledger-calls.ts";
import {
  type DriftComponent,
  driftComponents,
  type ReconciliationReport,
  type Tolerance,
} from "./reconciliation.ts";
import { withAdjustment } from "./spread-adjustment.ts";

export interface ReconcileBillingParts extends LedgerCallParts {
  readonly billing: BillingExport;
  readonly tenantIds: () => Promise<readonly TenantId[]>;
  readonly tolerance: Tolerance;
}

/** A thousandth of a cent: bills are rounded line by line, and no two bills in the same way. */
const costSlackParts = 10_000n * partsOfNano;

interface Cell {
  readonly tenantId: TenantId;
  readonly modelId: string;
  readonly day: string;
  ledger?: Sums;
  other?: Sums;
  adjustedNanoUsd: NanoUsd;
}

type Sums = Map<DriftComponent, { countParts: bigint; costParts: bigint }>;

/**
 * Sums both sides over whole days of UTC, at the price AWS lists: a tenant's markup is not AWS's business. Memory grows
 * with tenants, models and days, not with calls. A call is billed when it ends and stands in the ledger when it
 * arrived, so that what runs over midnight shows on two days. Lines without a tenant's tag are cells of their own.
 */
export async function reconcileBilling(
  range: { readonly startMs: number; readonly endMs: number },
  parts: ReconcileBillingParts,
): Promise<ReconciliationReport> {
  const cells = new Map<string, Cell>();
  const cellOf = (tenantId: TenantId, modelId: string, instantMs: number): Cell => {
    const day = new Date(instantMs).toISOString().slice(0, 10);
    const key = JSON.stringify([tenantId, modelId, day]);
    const cell = cells.get(key) ?? { tenantId, modelId, day, adjustedNanoUsd: 0n };
    cells.set(key, cell);
    return cell;
  };
  const tally = new DriftTally(costSlackParts);
  for (const tenantId of await parts.tenantIds()) {
    for await (const call of ledgerCalls(tenantId, range, parts)) {
      const cell = cellOf(tenantId, call.modelId, call.arrivedAtMs);
      cell.ledger ??= new Map();
      addAmounts(cell.ledger, amountsOf(call));
      cell.adjustedNanoUsd += call.adjustedNanoUsd;
    }
  }
  for await (const line of parts.billing.lines(range)) {
    if (line === "unreadable") {
      tally.unreadable += 1;
    } else {
      const cell = cellOf(line.tenantId, line.modelId, line.startMs);
      cell.other ??= new Map();
      addTo(cell.other, line.component, line.countParts, line.costParts);
    }
  }
  for (const { ledger, other, adjustedNanoUsd, ...what } of cells.values()) {
    const theirs = other && toAmounts(other);
    const ours = ledger && withAdjustment(toAmounts(ledger), adjustedNanoUsd, theirs, costSlackParts);
    tally.add({ ...what, ledger: ours, other: theirs });
  }
  return tally.report(parts.tolerance);
}

function addAmounts(sums: Sums, amounts: Amounts): void {
  for (const component of driftComponents) {
    for (const { count, costParts } of amounts[component] ?? []) {
      addTo(sums, component, count * partsOfCount, costParts);
    }
  }
}

function addTo(sums: Sums, component: DriftComponent, countParts: bigint, costParts: bigint): void {
  const sum = sums.get(component);
  sums.set(component, {
    countParts: (sum?.countParts ?? 0n) + countParts,
    costParts: (sum?.costParts ?? 0n) + costParts,
  });
}

function toAmounts(sums: Sums): Amounts {
  return Object.fromEntries(
    [...sums].map(([component, { countParts, costParts }]) => [
      component,
      [{ count: (countParts + partsOfCount / 2n) / partsOfCount, costParts }],
    ]),
  );
}
