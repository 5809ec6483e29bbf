/**
 * Chargeback in the columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification, focus.finops.org, May 2025). That
 * is the edition whose provider and publisher columns chargeback tools read; 1.3 renames them.
 */
import type { NanoUsd, Tenant } from "@caprock/domain";
import type { Adjustment, AdjustmentStore } from "../adjustments/adjustment-store.ts";
import { monthWindow, type Window, windowAt } from "../windows.ts";
import { type CsvValue, writeCsv } from "./csv.ts";
import { type FocusRow, focusColumns, focusValues } from "./focus-row.ts";
import { type CellParts, type InstantRange, listCells } from "./list-cells.ts";
import type { UsageCell, UsageLine } from "./usage-cell.ts";

export interface FocusParts extends CellParts {
  readonly adjustments: Pick<AdjustmentStore, "billedIn">;
  /** Who makes a model, for example "Anthropic". */
  readonly publisherOf: (modelId: string) => string;
  /** The region that calls are made from. */
  readonly region: string;
}

/** What calls must have in common, besides the day, to be one row. */
type RowKind = Pick<
  UsageCell["kind"],
  "application" | "apiKeyId" | "modelId" | "serviceTier" | "markupBasisPoints" | "simulated"
>;

interface RowSum {
  readonly kind: RowKind;
  readonly line: UsageLine;
  readonly estimatedCostNanoUsd: NanoUsd;
}

/**
 * The bill of a month ("2026-11", of each tenant's time zone) as CSV, tenant by tenant: a row for each day,
 * application, key, model, tier, token class (or unit) and price, and one for each adjustment. The rows' costs sum to
 * the ledger's exactly: entries are rounded up once, and `shareOfLines` shares each of them out to its token classes.
 * A day is kept in memory at a time.
 */
export function exportFocus(
  month: string,
  tenants: readonly Tenant[],
  parts: FocusParts,
): AsyncGenerator<string> {
  return writeCsv(focusColumns, recordsOf(month, tenants, parts));
}

async function* recordsOf(
  month: string,
  tenants: readonly Tenant[],
  parts: FocusParts,
): AsyncIterable<readonly CsvValue[]> {
  for (const tenant of tenants) {
    const bill = monthWindow(month, tenant.timeZone);
    for await (const { day, sums } of daysOf(tenant, bill, parts)) {
      for (const sum of sums) {
        yield focusValues(rowOfUsage(sum, tenant, bill, day), parts);
      }
    }
    for await (const adjustment of parts.adjustments.billedIn(tenant.id, month)) {
      yield focusValues(rowOfAdjustment(adjustment, tenant, bill), parts);
    }
  }
}

async function* daysOf(
  tenant: Tenant,
  bill: InstantRange,
  parts: FocusParts,
): AsyncIterable<{ readonly day: Window; readonly sums: Iterable<RowSum> }> {
  let day = windowAt("day", bill.startMs, tenant.timeZone);
  let sums = new Map<string, RowSum>();
  for await (const { startMs, kind, lines } of listCells(tenant.id, bill, parts)) {
    if (startMs >= day.endMs) {
      yield { day, sums: sums.values() };
      day = windowAt("day", startMs, tenant.timeZone);
      sums = new Map();
    }
    for (const line of lines) {
      addTo(sums, kind, line);
    }
  }
  yield { day, sums: sums.values() };
}

function addTo(sums: Map<string, RowSum>, kind: UsageCell["kind"], line: UsageLine): void {
  const { application, apiKeyId, modelId, serviceTier, markupBasisPoints, simulated, estimated } = kind;
  const rowKind: RowKind = { application, apiKeyId, modelId, serviceTier, markupBasisPoints, simulated };
  const key = JSON.stringify([...Object.values(rowKind), line.item, String(line.rateNanoUsd)]);
  const sum = sums.get(key);
  sums.set(key, {
    kind: rowKind,
    line: {
      ...line,
      quantity: (sum?.line.quantity ?? 0) + line.quantity,
      listCostNanoUsd: (sum?.line.listCostNanoUsd ?? 0n) + line.listCostNanoUsd,
      costNanoUsd: (sum?.line.costNanoUsd ?? 0n) + line.costNanoUsd,
    },
    estimatedCostNanoUsd: (sum?.estimatedCostNanoUsd ?? 0n) + (estimated ? line.costNanoUsd : 0n),
  });
}

function rowOfUsage(
  { kind, line, estimatedCostNanoUsd }: RowSum,
  tenant: Tenant,
  bill: InstantRange,
  charge: InstantRange,
): FocusRow {
  return {
    ...kind,
    tenant,
    bill,
    charge,
    isCorrection: false,
    metered: line,
    listCostNanoUsd: line.listCostNanoUsd,
    costNanoUsd: line.costNanoUsd,
    estimatedCostNanoUsd,
  };
}

/** A correction, in the words of FOCUS, changes a bill of an earlier month. */
function rowOfAdjustment(adjustment: Adjustment, tenant: Tenant, bill: InstantRange): FocusRow {
  const { application, apiKeyId, modelId, serviceTier, markupBasisPoints, arrivedAtMs } = adjustment;
  return {
    application,
    apiKeyId,
    modelId,
    serviceTier,
    markupBasisPoints,
    simulated: false,
    tenant,
    bill,
    charge: windowAt("day", arrivedAtMs, tenant.timeZone),
    isCorrection: arrivedAtMs < bill.startMs,
    adjusted: { id: adjustment.adjustmentId, reason: adjustment.reason },
    listCostNanoUsd: adjustment.listDeltaNanoUsd,
    costNanoUsd: adjustment.deltaNanoUsd,
    estimatedCostNanoUsd: 0n,
  };
}
