/**
 * How a ledger entry is written as an item, and read back. Its members are one JSON text: nothing is asked of them by
 * themselves, and a typed attribute for each costs several times the CPU of the whole rest of a granted call's metering.
 */
import { type RequestId, requestArrivalMs, type TenantId, tokenClasses } from "@caprock/domain";
import { z } from "zod";
import type { LedgerEntry } from "../ledger-store.ts";
import { billedUnits } from "../price-book/index.ts";

const tokenClass = z.enum(tokenClasses);
const count = z.number();
const exactInteger = z.string().transform(BigInt);

const receiptMembers = z.object({
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
  assumedClasses: z.array(tokenClass),
  simulated: z.boolean(),
  aside: z.boolean().optional(),
  grant: z.object({ id: z.string(), batch: z.number() }).optional(),
  corrected: z.object({ atMs: z.number(), estimatedCostNanoUsd: exactInteger }).optional(),
});

const ledgerItem = z.object({
  requestId: z.string(),
  estimated: z.boolean().default(false),
  receipt: z.string(),
});

/** The partition of a request: its id tells the month it arrived in (UTC). */
export function ledgerPartition(tenantId: TenantId, requestId: RequestId): string {
  const month = new Date(requestArrivalMs(requestId)).toISOString().slice(0, "yyyy-MM".length);
  return `${tenantId}#${month}`;
}

/** `estimated` stands there only where it is true: each attribute of an item costs as much as the whole receipt's text. */
export function ledgerToItem(entry: LedgerEntry) {
  const { tenantId, requestId, estimated } = entry;
  return {
    tenantMonth: ledgerPartition(tenantId, requestId),
    requestId,
    ...(estimated ? { estimated } : {}),
    receipt: receiptText(entry),
  };
}

/** The same, in DynamoDB's own attribute values. */
export function ledgerToAttributes(entry: LedgerEntry) {
  const { tenantMonth, requestId, estimated, receipt } = ledgerToItem(entry);
  return {
    tenantMonth: { S: tenantMonth },
    requestId: { S: requestId },
    ...(estimated ? { estimated: { BOOL: estimated } } : {}),
    receipt: { S: receipt },
  };
}

export function ledgerFromItem(item: unknown): LedgerEntry {
  const { requestId, estimated, receipt } = ledgerItem.parse(item);
  return { requestId, estimated, ...receiptMembers.parse(JSON.parse(receipt)) };
}

type ReceiptMember = Exclude<keyof LedgerEntry, "requestId" | "estimated">;

/**
 * What stands beside it in the item is left out. Exact integers become text by hand, and members are named one by one: a
 * replacer that JSON asks of each member takes twice the time, and so does a copy of the entry.
 */
function receiptText(entry: LedgerEntry): string {
  const { corrected } = entry;
  return JSON.stringify({
    tenantId: entry.tenantId,
    apiKeyId: entry.apiKeyId,
    application: entry.application,
    modelId: entry.modelId,
    invokedId: entry.invokedId,
    wire: entry.wire,
    status: entry.status,
    arrivedAtMs: entry.arrivedAtMs,
    settledAtMs: entry.settledAtMs,
    firstTokenMs: entry.firstTokenMs,
    usage: entry.usage,
    lines: entry.lines.map(({ tokenClass, tokens, rateNanoUsdPerMillion: rate }) => ({
      tokenClass,
      tokens,
      rateNanoUsdPerMillion: rate.toString(),
    })),
    unitLines: entry.unitLines.map(({ unit, count, rateNanoUsd }) => ({
      unit,
      count,
      rateNanoUsd: rateNanoUsd.toString(),
    })),
    listCostNanoUsd: entry.listCostNanoUsd.toString(),
    markupBasisPoints: entry.markupBasisPoints,
    costNanoUsd: entry.costNanoUsd.toString(),
    priceBookVersion: entry.priceBookVersion,
    serviceTier: entry.serviceTier,
    assumedClasses: entry.assumedClasses,
    simulated: entry.simulated,
    aside: entry.aside,
    grant: entry.grant,
    corrected: corrected && {
      atMs: corrected.atMs,
      estimatedCostNanoUsd: corrected.estimatedCostNanoUsd.toString(),
    },
  } satisfies Record<ReceiptMember, unknown>);
}
