/** The figures of a report's row: sums of cells and adjustments. */
import { addUsage, type NanoUsd, noTokens, type TokenUsage } from "@caprock/domain";
import { type BilledUnit, billedUnits, type UnitCounts } from "../price-book/index.ts";
import { isBilledUnit, isTokenClass } from "./share-cost.ts";
import type { UsageCell } from "./usage-cell.ts";

export interface UsageFigures {
  readonly requests: number;
  readonly tokens: TokenUsage;
  /** What was billed by the piece. */
  readonly units: UnitCounts;
  readonly listCostNanoUsd: NanoUsd;
  /** What the ledger's entries charge. */
  readonly costNanoUsd: NanoUsd;
  /** What adjustments add to it, or take from it. */
  readonly adjustmentNanoUsd: NanoUsd;
  /** The part of the requests and of `costNanoUsd` that is Caprock's own count of cut streams. */
  readonly estimatedRequests: number;
  readonly estimatedCostNanoUsd: NanoUsd;
  /** Made-up traffic. */
  readonly simulatedRequests: number;
  /** Of the streamed calls. */
  readonly firstTokens: UsageCell["firstTokens"];
}

export const noFigures: UsageFigures = {
  requests: 0,
  tokens: noTokens,
  units: {},
  listCostNanoUsd: 0n,
  costNanoUsd: 0n,
  adjustmentNanoUsd: 0n,
  estimatedRequests: 0,
  estimatedCostNanoUsd: 0n,
  simulatedRequests: 0,
  firstTokens: { requests: 0, sumMs: 0, maxMs: 0 },
};

/** Figures that many cells are added to; in place, because a month has a great many. */
export class FigureSums {
  private readonly tokens = { ...noTokens };
  private readonly firstTokens = { requests: 0, sumMs: 0, maxMs: 0 };
  private readonly units: Partial<Record<BilledUnit, number>> = {};
  private requests = 0;
  private listCostNanoUsd = 0n;
  private costNanoUsd = 0n;
  private estimatedRequests = 0;
  private estimatedCostNanoUsd = 0n;
  private simulatedRequests = 0;
  /** What is no cell. */
  private others = noFigures;

  addCell({ kind, requests, firstTokens, lines }: UsageCell): void {
    let costNanoUsd = 0n;
    for (const line of lines) {
      if (isTokenClass(line.item)) {
        this.tokens[line.item] += line.quantity;
      } else if (isBilledUnit(line.item)) {
        this.units[line.item] = (this.units[line.item] ?? 0) + line.quantity;
      }
      this.listCostNanoUsd += line.listCostNanoUsd;
      costNanoUsd += line.costNanoUsd;
    }
    this.costNanoUsd += costNanoUsd;
    this.requests += requests;
    this.simulatedRequests += kind.simulated ? requests : 0;
    this.estimatedRequests += kind.estimated ? requests : 0;
    this.estimatedCostNanoUsd += kind.estimated ? costNanoUsd : 0n;
    this.firstTokens.requests += firstTokens.requests;
    this.firstTokens.sumMs += firstTokens.sumMs;
    this.firstTokens.maxMs = Math.max(this.firstTokens.maxMs, firstTokens.maxMs);
  }

  add(figures: UsageFigures): void {
    this.others = addFigures(this.others, figures);
  }

  figures(): UsageFigures {
    const cells = {
      requests: this.requests,
      tokens: this.tokens,
      units: this.units,
      listCostNanoUsd: this.listCostNanoUsd,
      costNanoUsd: this.costNanoUsd,
      adjustmentNanoUsd: 0n,
      estimatedRequests: this.estimatedRequests,
      estimatedCostNanoUsd: this.estimatedCostNanoUsd,
      simulatedRequests: this.simulatedRequests,
      firstTokens: this.firstTokens,
    };
    return addFigures(cells, this.others);
  }
}

/** The sum of both, and the slower of their slowest first tokens. */
export function addFigures(a: UsageFigures, b: UsageFigures): UsageFigures {
  return {
    requests: a.requests + b.requests,
    tokens: addUsage(a.tokens, b.tokens),
    units: addUnits(a.units, b.units),
    listCostNanoUsd: a.listCostNanoUsd + b.listCostNanoUsd,
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
    adjustmentNanoUsd: a.adjustmentNanoUsd + b.adjustmentNanoUsd,
    estimatedRequests: a.estimatedRequests + b.estimatedRequests,
    estimatedCostNanoUsd: a.estimatedCostNanoUsd + b.estimatedCostNanoUsd,
    simulatedRequests: a.simulatedRequests + b.simulatedRequests,
    firstTokens: {
      requests: a.firstTokens.requests + b.firstTokens.requests,
      sumMs: a.firstTokens.sumMs + b.firstTokens.sumMs,
      maxMs: Math.max(a.firstTokens.maxMs, b.firstTokens.maxMs),
    },
  };
}

/** A unit that neither used is left out. */
function addUnits(a: UnitCounts, b: UnitCounts): UnitCounts {
  const used = billedUnits.filter((unit) => (a[unit] ?? b[unit]) !== undefined);
  return Object.fromEntries(used.map((unit) => [unit, (a[unit] ?? 0) + (b[unit] ?? 0)]));
}

/** What the calls of a cell are charged. */
export function costOfCell({ lines }: UsageCell): NanoUsd {
  return lines.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);
}
