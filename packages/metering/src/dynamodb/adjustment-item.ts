/** How an adjustment is written as an item, and read back. */
import type { TenantId } from "@caprock/domain";
import { z } from "zod";
import { type Adjustment, adjustmentKinds } from "../adjustments/adjustment-store.ts";
import { exactInteger } from "./account-item.ts";
import { ledgerPartition } from "./ledger-item.ts";

const count = z.number();

const adjustmentItem = z.object({
  adjustmentId: z.string(),
  requestId: z.string(),
  tenantId: z.string(),
  application: z.string(),
  apiKeyId: z.string(),
  modelId: z.string(),
  serviceTier: z.string(),
  kind: z.enum(adjustmentKinds),
  arrivedAtMs: z.number(),
  postedAtMs: z.number(),
  billedMonth: z.string(),
  fromPriceBookVersion: z.string().optional(),
  toPriceBookVersion: z.string(),
  markupBasisPoints: z.number(),
  listDeltaNanoUsd: exactInteger,
  deltaNanoUsd: exactInteger,
  usage: z
    .object({ input: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count, output: count })
    .optional(),
  reason: z.string(),
  author: z.string(),
});

/** The index partition of a bill. */
export function billPartition(tenantId: TenantId, month: string): string {
  return `${tenantId}#${month}`;
}

export function adjustmentToItem(adjustment: Adjustment) {
  const { tenantId, requestId, billedMonth } = adjustment;
  return {
    ...adjustment,
    tenantMonth: ledgerPartition(tenantId, requestId),
    tenantBill: billPartition(tenantId, billedMonth),
  };
}

export function adjustmentFromItem(item: unknown): Adjustment {
  return adjustmentItem.parse(item);
}
