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
  /** Absent from what is summed over the whole range. */
  readonly day?: string;
  ledger?: Sums;
  other?: Sums;
  adjustedNanoUsd: NanoUsd;
}

type Sums = Map<DriftComponent, { countParts: bigint; costParts: bigint }>;

/**
 * Sums both sides over whole days of UTC, at the price AWS lists: a tenant's markup is not AWS's business. Memory grows
 * with tenants, models and days, not with calls. A call is billed when it ends and stands in the ledger when it
 * arrived, so that what runs over midnight shows on two days.
 *
 * AWS bills a tenant by itself only where its calls go through an application inference profile of its own, tagged
 * with tenant and model (`POST /admin/v1/tenants/{id}/inference-profiles` makes one), and once AWS was told to put both
 * tags into bills. A tenant's model that has tagged lines is compared by day. Everything else of the ledger, whoever's it
 * is, is compared with the lines without a tenant over the whole range: by model where a line names it; AWS's own names
 * of usage do not tell the catalog's model, so what is named by them alone is compared as one sum. The verdict is that
 * of the worst of these: the tagged cells together, and each of the others.
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
  for (const tenantId of await parts.tenantIds()) {
    for await (const call of ledgerCalls(tenantId, range, parts)) {
      const cell = cellOf(tenantId, call.modelId, call.arrivedAtMs);
      cell.ledger ??= new Map();
      addAmounts(cell.ledger, amountsOf(call));
      cell.adjustedNanoUsd += call.adjustedNanoUsd;
    }
  }
  let unreadable = 0;
  for await (const line of parts.billing.lines(range)) {
    if (line === "unreadable") {
      unreadable += 1;
    } else {
      const cell = cellOf(line.tenantId, line.modelId, line.startMs);
      cell.other ??= new Map();
      addTo(cell.other, line.component, line.countParts, line.costParts);
    }
  }
  const { tagged, untagged } = groupsOf([...cells.values()]);
  const report = reportOf([...tagged, ...untagged], parts.tolerance, unreadable);
  const isOut = [tagged, ...untagged.map((cell) => [cell])].some((group) => {
    const { verdict } = reportOf(group, parts.tolerance, 0);
    return verdict === "drifts" || verdict === "silent";
  });
  const isDecided = report.verdict === "agrees" || report.verdict === "silent";
  return isDecided ? report : { ...report, verdict: isOut ? "drifts" : "within-tolerance" };
}

/** No model: stands for all that no line names. */
const unnamedModels = "";

/** Cells of tenants' models with tagged lines as they are, and the sums of everything else by model. */
function groupsOf(cells: readonly Cell[]): { readonly tagged: readonly Cell[]; readonly untagged: Cell[] } {
  const pairOf = ({ tenantId, modelId }: Cell) => JSON.stringify([tenantId, modelId]);
  const isTagged = ({ tenantId, other }: Cell) => tenantId !== "" && other !== undefined;
  const taggedPairs = new Set(cells.filter(isTagged).map(pairOf));
  const rest = cells.filter((cell) => !taggedPairs.has(pairOf(cell)));
  const inLedger = new Set(cells.filter(({ ledger }) => ledger).map(({ modelId }) => modelId));
  const named = new Set(
    rest.filter(({ other, modelId }) => other && inLedger.has(modelId)).map(({ modelId }) => modelId),
  );
  const sums = new Map<string, Cell>();
  for (const cell of rest) {
    const modelId = named.has(cell.modelId) ? cell.modelId : unnamedModels;
    const sum = sums.get(modelId) ?? { tenantId: "", modelId, adjustedNanoUsd: 0n };
    sums.set(modelId, sum);
    sum.adjustedNanoUsd += cell.adjustedNanoUsd;
    if (cell.ledger) {
      sum.ledger ??= new Map();
      addSums(sum.ledger, cell.ledger);
    }
    if (cell.other) {
      sum.other ??= new Map();
      addSums(sum.other, cell.other);
    }
  }
  return { tagged: cells.filter((cell) => taggedPairs.has(pairOf(cell))), untagged: [...sums.values()] };
}

function reportOf(cells: readonly Cell[], tolerance: Tolerance, unreadable: number): ReconciliationReport {
  const tally = new DriftTally(costSlackParts);
  tally.unreadable = unreadable;
  for (const { ledger, other, adjustedNanoUsd, ...what } of cells) {
    const theirs = other && toAmounts(other);
    const ours = ledger && withAdjustment(toAmounts(ledger), adjustedNanoUsd, theirs, costSlackParts);
    tally.add({ ...what, ledger: ours, other: theirs });
  }
  return tally.report(tolerance);
}

function addSums(sums: Sums, more: Sums): void {
  for (const [component, { countParts, costParts }] of more) {
    addTo(sums, component, countParts, costParts);
  }
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
