/** Adds up and hashes what the ledger holds of a month. */
import { createHash } from "node:crypto";
import { addUsage, canonicalJson, type NanoUsd, noTokens, type TenantId } from "@caprock/domain";
import type { AdjustmentStore } from "../adjustments/adjustment-store.ts";
import type { LedgerStore } from "../ledger-store.ts";
import type { Window } from "../windows.ts";
import type { MonthFigures } from "./closed-month-store.ts";

export interface MonthFiguresParts {
  readonly ledger: Pick<LedgerStore, "list">;
  readonly adjustments: Pick<AdjustmentStore, "billedIn">;
}

/** Reads every entry of the month and every adjustment in its bill. */
export async function monthFigures(
  tenantId: TenantId,
  { label, startMs, endMs }: Pick<Window, "label" | "startMs" | "endMs">,
  { ledger, adjustments }: MonthFiguresParts,
): Promise<MonthFigures> {
  const hash = createHash("sha256");
  let entries = 0;
  let listCostNanoUsd: NanoUsd = 0n;
  let costNanoUsd: NanoUsd = 0n;
  let usage = noTokens;
  for await (const entry of ledger.list(tenantId, { startMs, endMs })) {
    hash.update(`${canonicalJson(entry)}\n`);
    entries += 1;
    listCostNanoUsd += entry.listCostNanoUsd;
    costNanoUsd += entry.costNanoUsd;
    usage = addUsage(usage, entry.usage);
  }
  let adjusted = 0;
  let adjustmentsNanoUsd: NanoUsd = 0n;
  for await (const { deltaNanoUsd } of adjustments.billedIn(tenantId, label)) {
    adjusted += 1;
    adjustmentsNanoUsd += deltaNanoUsd;
  }
  return {
    entries,
    listCostNanoUsd,
    costNanoUsd,
    usage,
    entriesSha256: hash.digest("hex"),
    adjustments: adjusted,
    adjustmentsNanoUsd,
  };
}
