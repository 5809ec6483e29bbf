/** Usage cells: what calls of one kind in one quarter of an hour come to. Reports are sums of cells. */
import { type NanoUsd, requestArrivalMs, type TenantId } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import { type BilledItem, shareOfLines } from "./share-cost.ts";

/** Every offset from UTC in use is a multiple of it, so that each hour and day of any time zone is made of whole ones. */
export const quarterMs = 15 * 60_000;
export const hourMs = 4 * quarterMs;

/** What calls must have in common to be counted together. */
export interface CallKind {
  readonly tenantId: TenantId;
  readonly application: string;
  readonly apiKeyId: string;
  readonly modelId: string;
  readonly serviceTier: string;
  readonly status: string;
  readonly wire: string;
  readonly markupBasisPoints: number;
  readonly estimated: boolean;
  readonly simulated: boolean;
}

/** A token class or unit at one list price. */
export interface UsageLine {
  readonly item: BilledItem;
  /** The list price of a million tokens, or of one unit; 0 for what is not billed by itself. */
  readonly rateNanoUsd: NanoUsd;
  /** Tokens or units. */
  readonly quantity: number;
  readonly listCostNanoUsd: NanoUsd;
  readonly costNanoUsd: NanoUsd;
}

export interface UsageCell {
  /** The first instant of its quarter of an hour. */
  readonly startMs: number;
  readonly kind: CallKind;
  /** Without what is done aside: its cost is among the lines. */
  readonly requests: number;
  /** Of the streamed calls: how many, and the time from arrival to the first token. */
  readonly firstTokens: { readonly requests: number; readonly sumMs: number; readonly maxMs: number };
  /** Their costs sum to the calls' costs exactly. */
  readonly lines: readonly UsageLine[];
}

/** When an entry counts: the time in its request id, by which the ledger lists it. */
export function countedAtMs(entry: Pick<LedgerEntry, "requestId">): number {
  return requestArrivalMs(entry.requestId);
}

/** The beginning of the stretch of `lengthMs` in which an instant lies, counted from the Unix epoch. */
export function startOf(instantMs: number, lengthMs: number): number {
  return Math.floor(instantMs / lengthMs) * lengthMs;
}

/** Adds entries up to cells. */
export class CellSums {
  private readonly cells = new Map<string, UsageCell>();

  add(entry: LedgerEntry): void {
    const startMs = startOf(countedAtMs(entry), quarterMs);
    const kind = kindOf(entry);
    const key = `${startMs} ${keyOfKind(kind)}`;
    const sum = this.cells.get(key);
    const lines = shareOfLines(entry);
    const first = entry.firstTokenMs;
    this.cells.set(key, {
      startMs,
      kind: sum?.kind ?? kind,
      requests: (sum?.requests ?? 0) + (entry.aside ? 0 : 1),
      firstTokens: {
        requests: (sum?.firstTokens.requests ?? 0) + (first === undefined ? 0 : 1),
        sumMs: (sum?.firstTokens.sumMs ?? 0) + (first ?? 0),
        maxMs: Math.max(sum?.firstTokens.maxMs ?? 0, first ?? 0),
      },
      lines: sum ? addLines(sum.lines, lines) : lines,
    });
  }

  /** Hands over the cells so far, by time, and starts again. */
  take(): readonly UsageCell[] {
    const taken = [...this.cells.values()].sort((a, b) => a.startMs - b.startMs);
    this.cells.clear();
    return taken;
  }
}

function kindOf(entry: LedgerEntry): CallKind {
  return {
    tenantId: entry.tenantId,
    application: entry.application,
    apiKeyId: entry.apiKeyId,
    modelId: entry.modelId,
    serviceTier: entry.serviceTier,
    status: entry.status,
    wire: entry.wire,
    markupBasisPoints: entry.markupBasisPoints,
    estimated: entry.estimated,
    simulated: entry.simulated,
  };
}

/** The same for calls of the same kind, and for those alone. */
export function keyOfKind(kind: CallKind): string {
  return JSON.stringify(Object.values(kind));
}

/** Sums lines of the same item at the same price. */
function addLines(a: readonly UsageLine[], b: readonly UsageLine[]): readonly UsageLine[] {
  const sums = [...a];
  for (const line of b) {
    const at = sums.findIndex(
      ({ item, rateNanoUsd }) => item === line.item && rateNanoUsd === line.rateNanoUsd,
    );
    const sum = sums[at];
    if (sum === undefined) {
      sums.push(line);
    } else {
      sums[at] = {
        ...sum,
        quantity: sum.quantity + line.quantity,
        listCostNanoUsd: sum.listCostNanoUsd + line.listCostNanoUsd,
        costNanoUsd: sum.costNanoUsd + line.costNanoUsd,
      };
    }
  }
  return sums;
}
