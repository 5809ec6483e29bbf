/** Compares the ledger with Bedrock's invocation log, request by request. */
import { requestArrivalMs, requestIdPattern, type TenantId, type TokenUsage } from "@caprock/domain";
import { type InvocationLog, LoggedCalls, type LoggedInvocation } from "../invocation-log.ts";
import { guardrailsId, type ModelPrice, priceUsage } from "../price-book/index.ts";
import { type Amounts, DriftTally, partsOfNano } from "./drift-tally.ts";
import { amountsOf } from "./ledger-amounts.ts";
import { type LedgerCall, type LedgerCallParts, ledgerCalls } from "./ledger-calls.ts";
import type { ReconciliationReport, Tolerance } from "./reconciliation.ts";
import { withAdjustment } from "./spread-adjustment.ts";

export interface ReconcileLogParts extends LedgerCallParts {
  readonly invocationLog: Pick<InvocationLog, "list">;
  readonly tenantIds: () => Promise<readonly TenantId[]>;
  /** The price of a logged call as it was made; undefined when its model is not known any more. */
  readonly priceOf: (invocation: LoggedInvocation) => ModelPrice | undefined;
  /** How long after it arrived a call may still be logged: the longest call, and the log's own delay. */
  readonly graceMs: number;
  readonly tolerance: Tolerance;
  /** Calls that are kept in memory at once; a stretch with more of them is read in halves. */
  readonly mostInMemory: number;
}

const hourMs = 3_600_000;
const shortestSliceMs = 1_000;
/** A call's adjusted cost was rounded up, and rounded again with each adjustment; lines are exact. */
const roundingParts = 10n * partsOfNano;

interface Slice {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Goes through the calls that arrived in [startMs, endMs), hour by hour, and compares each call's token classes and
 * its cost as the price book gives it for what was logged. It writes nothing: estimates are corrected by
 * `resolveHolds`. The range must have been over for `graceMs`; the caller sees to that.
 */
export async function reconcileLog(range: Slice, parts: ReconcileLogParts): Promise<ReconciliationReport> {
  const tally = new DriftTally(0n);
  const tenantIds = await parts.tenantIds();
  for (let startMs = range.startMs; startMs < range.endMs; startMs += hourMs) {
    await reconcileSlice(
      { startMs, endMs: Math.min(startMs + hourMs, range.endMs) },
      tenantIds,
      tally,
      parts,
    );
  }
  return tally.report(parts.tolerance);
}

async function reconcileSlice(
  slice: Slice,
  tenantIds: readonly TenantId[],
  tally: DriftTally,
  parts: ReconcileLogParts,
): Promise<void> {
  const logged = await loggedIn(slice, parts);
  if (logged === "too many") {
    const middleMs = Math.floor((slice.startMs + slice.endMs) / 2);
    await reconcileSlice({ ...slice, endMs: middleMs }, tenantIds, tally, parts);
    await reconcileSlice({ ...slice, startMs: middleMs }, tenantIds, tally, parts);
    return;
  }
  for (const tenantId of tenantIds) {
    for await (const call of ledgerCalls(tenantId, slice, parts)) {
      // ApplyGuardrail is no invocation of a model: Bedrock does not log it.
      if (call.modelId !== guardrailsId) {
        compare(call, logged.get(call), tally, parts);
        logged.delete(call);
      }
    }
  }
  for (const invocation of logged.all()) {
    compare(undefined, invocation, tally, parts);
  }
}

/** What the log has of calls that arrived in the slice; a call is logged when it ends, which may be hours later. */
async function loggedIn(
  { startMs, endMs }: Slice,
  { invocationLog, graceMs, mostInMemory }: ReconcileLogParts,
): Promise<LoggedCalls | "too many"> {
  const logged = new LoggedCalls();
  for await (const invocation of invocationLog.list({ fromMs: startMs, toMs: endMs + graceMs })) {
    if (!requestIdPattern.test(invocation.requestId)) {
      continue;
    }
    const arrivalMs = requestArrivalMs(invocation.requestId);
    if (arrivalMs < startMs || arrivalMs >= endMs) {
      continue;
    }
    logged.add(invocation);
    if (logged.size > mostInMemory && endMs - startMs > shortestSliceMs) {
      return "too many";
    }
  }
  return logged;
}

/** A call that was logged and used nothing, such as one that failed at once, need not be in the ledger. */
function compare(
  call: LedgerCall | undefined,
  logged: LoggedInvocation | undefined,
  tally: DriftTally,
  { priceOf }: ReconcileLogParts,
): void {
  const invocation = logged && (call || usesTokens(logged.usage)) ? logged : undefined;
  const price = invocation && priceOf(invocation);
  const known = call ?? invocation;
  if (!known) {
    return;
  }
  const other = invocation && amountsIn(invocation, price, call);
  tally.add({
    tenantId: known.tenantId,
    requestId: known.requestId,
    modelId: call?.modelId ?? price?.modelId ?? invocation?.invokedId ?? "",
    ledger: call && withAdjustment(amountsOf(call), call.adjustedNanoUsd, price && other, roundingParts),
    other,
    otherIsPriced: invocation === undefined || price !== undefined,
  });
}

/** The log counts tokens only: what is billed by the piece is taken as the ledger has it. */
function amountsIn(
  { usage }: LoggedInvocation,
  price: ModelPrice | undefined,
  call: LedgerCall | undefined,
): Amounts {
  const { lines } = price ? priceUsage(price, usage) : { lines: [] };
  return amountsOf({ usage, lines, unitLines: call?.unitLines ?? [] });
}

function usesTokens(usage: TokenUsage): boolean {
  return Object.values(usage).some((count) => count > 0);
}
