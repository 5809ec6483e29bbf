/** How a ledger entry is written as an item, and read back. */
import { type RequestId, requestArrivalMs, type TenantId, tokenClasses } from "@caprock/domain";
import { z } from "zod";
import type { LedgerEntry } from "../ledger-store.ts";
import { billedUnits } from "../price-book/index.ts";
import { exactInteger } from "./account-item.ts";

const tokenClass = z.enum(tokenClasses);
const count = z.number();

const ledgerItem = z.object({
  requestId: z.string(),
  tenantId: z.string(),
  apiKeyId: z.string(),
  application: z.string(),
  modelId: z.string(),
  invokedId: z.string(),
  wire: z.string(),
  status: z.enum(["completed", "aborted", "failed"]),
  arrivedAtMs: z.number(),
  settledAtMs: z.number(),
  firstTokenMs: z.number().optional(),
  usage: z.object({
    input: count,
    cacheRead: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    output: count,
  }),
  lines: z.array(z.object({ tokenClass, tokens: count, rateNanoUsdPerMillion: exactInteger })),
  unitLines: z.array(z.object({ unit: z.enum(billedUnits), count, rateNanoUsd: exactInteger })),
  listCostNanoUsd: exactInteger,
  markupBasisPoints: z.number(),
  costNanoUsd: exactInteger,
  priceBookVersion: z.string(),
  serviceTier: z.string(),
  estimated: z.boolean(),
  assumedClasses: z.array(tokenClass),
  simulated: z.boolean(),
  grant: z.object({ id: z.string(), batch: z.number() }).optional(),
  corrected: z.object({ atMs: z.number(), estimatedCostNanoUsd: exactInteger }).optional(),
});

/** The partition of a request: its id tells the month it arrived in (UTC). */
export function ledgerPartition(tenantId: TenantId, requestId: RequestId): string {
  const month = new Date(requestArrivalMs(requestId)).toISOString().slice(0, "2026-11".length);
  return `${tenantId}#${month}`;
}

export function ledgerToItem(entry: LedgerEntry) {
  return { ...entry, tenantMonth: ledgerPartition(entry.tenantId, entry.requestId) };
}

export function ledgerFromItem(item: unknown): LedgerEntry {
  return ledgerItem.parse(item);
}
