/** Prices a stretch of the ledger again, and posts what that changes as adjustments. */
import { type Clock, type ModelId, markupAt, type NanoUsd, type Tenant } from "@caprock/domain";
import type { LedgerEntry, LedgerStore } from "../ledger-store.ts";
import { type ModelPrice, priceUsage, type UnitCounts } from "../price-book/index.ts";
import { charged } from "../receipt.ts";
import type { Adjustment, AdjustmentStore, CallRange } from "./adjustment-store.ts";
import { AdjustmentsByCall } from "./adjustments-by-call.ts";
import { type Charge, nextAdjustment } from "./next-adjustment.ts";

export interface RerateRequest {
  readonly tenant: Tenant;
  /** Which calls, by their arrival. */
  readonly range: CallRange;
  /** True computes what would be adjusted and writes nothing. */
  readonly dryRun: boolean;
  readonly author: string;
  readonly reason: string;
}

export interface RerateParts {
  readonly ledger: Pick<LedgerStore, "list">;
  readonly adjustments: AdjustmentStore;
  readonly clock: Clock;
  /** The price of a call as the present edition has it for the instant it arrived; undefined when it has none. */
  readonly priceOf: (entry: LedgerEntry) => ModelPrice | undefined;
  readonly closeAfterMs: number;
  /**
   * How long after its arrival the invocation log may correct an estimated entry; 0 where there is no log. An older
   * estimate is final: were it passed over, a call that the log never shows could never be priced anew.
   */
  readonly correctableForMs: number;
}

export interface RerateReport {
  /** Every call in the range. */
  readonly entries: number;
  /** Calls whose charge changes. Of two runs at once each may count a call that only one of them adjusts. */
  readonly adjusted: number;
  readonly deltaNanoUsd: NanoUsd;
  readonly models: readonly RerateOfModel[];
  /** Calls that the present edition cannot price; they stay as they are. */
  readonly unpriced: number;
  /** Estimates that the invocation log has yet to correct; they are priced anew by that. */
  readonly estimated: number;
}

export interface RerateOfModel {
  readonly modelId: ModelId;
  readonly adjusted: number;
  readonly deltaNanoUsd: NanoUsd;
}

/** Adjustments that are written at once. */
const concurrentPosts = 16;

/**
 * Prices each call by the edition of `priceOf`, with the markup that the tenant's record has for its arrival, and
 * posts the difference to what it is charged so far: its entry and the adjustments before. A call that was charged
 * by a newer edition stays. Running it again, or several at once, adjusts nothing twice. The ledger's entries stay
 * as they are. Accounts stay too: a cap was held against what was known when the call ran.
 */
export async function rerate(request: RerateRequest, parts: RerateParts): Promise<RerateReport> {
  const { tenant, range, dryRun } = request;
  const standing = new AdjustmentsByCall(parts.adjustments.ofCalls(tenant.id, range));
  const models = new Map<ModelId, { adjusted: number; deltaNanoUsd: NanoUsd }>();
  const counts = { entries: 0, unpriced: 0, estimated: 0 };
  let posts: Promise<void>[] = [];
  for await (const entry of parts.ledger.list(tenant.id, range)) {
    const before = await standing.of(entry.requestId);
    counts.entries += 1;
    if (entry.estimated && parts.clock.now() < entry.arrivedAtMs + parts.correctableForMs) {
      counts.estimated += 1;
      continue;
    }
    const target = targetOf(entry, tenant, parts);
    if (!target) {
      counts.unpriced += 1;
      continue;
    }
    const adjustment = adjustmentTo(target, entry, before, request, parts);
    if (!adjustment) {
      continue;
    }
    const sum = models.get(entry.modelId) ?? { adjusted: 0, deltaNanoUsd: 0n };
    sum.adjusted += 1;
    sum.deltaNanoUsd += adjustment.deltaNanoUsd;
    models.set(entry.modelId, sum);
    if (!dryRun) {
      posts.push(post(adjustment, target, entry, request, parts));
      if (posts.length === concurrentPosts) {
        await Promise.all(posts);
        posts = [];
      }
    }
  }
  await Promise.all(posts);
  const sums = [...models].map(([modelId, sum]) => ({ modelId, ...sum }));
  return {
    ...counts,
    adjusted: sums.reduce((sum, { adjusted }) => sum + adjusted, 0),
    deltaNanoUsd: sums.reduce((sum, { deltaNanoUsd }) => sum + deltaNanoUsd, 0n),
    models: sums.sort((a, b) => a.modelId.localeCompare(b.modelId)),
  };
}

/** What a call is to cost. */
function targetOf(entry: LedgerEntry, tenant: Tenant, { priceOf }: RerateParts): Charge | undefined {
  const price = priceOf(entry);
  if (!price || entry.unitLines.some(({ unit }) => price.unitRates?.[unit] === undefined)) {
    return undefined;
  }
  const units: UnitCounts = Object.fromEntries(entry.unitLines.map(({ unit, count }) => [unit, count]));
  const listCostNanoUsd = priceUsage(price, entry.usage, units).costNanoUsd;
  const markupBasisPoints = markupAt(tenant, entry.arrivedAtMs);
  return {
    priceBookVersion: price.priceBookVersion,
    markupBasisPoints,
    listCostNanoUsd,
    costNanoUsd: charged(listCostNanoUsd, markupBasisPoints),
  };
}

/** The adjustment that takes a call from what it is charged so far to its target; undefined when there is none. */
function adjustmentTo(
  target: Charge,
  entry: LedgerEntry,
  before: readonly Adjustment[],
  { tenant, reason, author }: RerateRequest,
  { clock, closeAfterMs }: RerateParts,
): Adjustment | undefined {
  const fromPriceBookVersion = before.at(-1)?.toPriceBookVersion ?? entry.priceBookVersion;
  const adjustment = nextAdjustment({ entry, entered: entry, before, target }, clock.now(), {
    timeZone: tenant.timeZone,
    closeAfterMs,
  });
  // Editions are named by their day. A process that still has an older one does not undo a newer one's work.
  return adjustment.deltaNanoUsd === 0n || target.priceBookVersion < fromPriceBookVersion
    ? undefined
    : { ...adjustment, kind: "rerate", fromPriceBookVersion, reason, author };
}

/** Where someone else adjusted the call meanwhile, what is left to adjust is computed anew. */
async function post(
  adjustment: Adjustment,
  target: Charge,
  entry: LedgerEntry,
  request: RerateRequest,
  parts: RerateParts,
): Promise<void> {
  let left: Adjustment | undefined = adjustment;
  while (left && !(await parts.adjustments.post(left))) {
    const before = await parts.adjustments.ofCall(entry.tenantId, entry.requestId);
    left = adjustmentTo(target, entry, before, request, parts);
  }
}
