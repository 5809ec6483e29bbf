/** Adds up how two sides differ, in memory that does not grow with what is compared. */
import type { NanoUsd } from "@caprock/domain";
import {
  type ComponentDrift,
  type Difference,
  type DifferenceKind,
  type DriftComponent,
  differenceKinds,
  driftComponents,
  type ReconciliationReport,
  type Tolerance,
  type Verdict,
} from "./reconciliation.ts";

/** The most differences that a report names. */
const mostWorst = 20;

/** Costs are summed in millionths of a nano-USD, as receipts are, so that nothing is rounded before the end. */
export const partsOfNano = 1_000_000n;

/** What one side says of one component. */
export interface Amount {
  readonly count: bigint;
  /** Millionths of a nano-USD. */
  readonly costParts: bigint;
}

export type Amounts = Readonly<Partial<Record<DriftComponent, readonly Amount[]>>>;

/** One thing that both sides should know. Within a component amounts are compared place by place. */
export interface Compared extends Omit<Difference, "kind" | "driftCount" | "driftNanoUsd"> {
  /** Absent: this side has nothing of it. */
  readonly ledger: Amounts | undefined;
  readonly other: Amounts | undefined;
  /** False where the other side's cost is not known; then counts alone are compared. */
  readonly otherIsPriced?: boolean;
}

interface Sum {
  ledgerCount: bigint;
  otherCount: bigint;
  driftCount: bigint;
  ledgerParts: bigint;
  otherParts: bigint;
  driftParts: bigint;
}

export class DriftTally {
  private readonly sums = new Map<DriftComponent, Sum>(
    driftComponents.map((component) => [
      component,
      { ledgerCount: 0n, otherCount: 0n, driftCount: 0n, ledgerParts: 0n, otherParts: 0n, driftParts: 0n },
    ]),
  );
  private readonly kinds = new Map<DifferenceKind, number>(differenceKinds.map((kind) => [kind, 0]));
  private worst: Difference[] = [];
  private checked = 0;
  private otherSeen = 0;
  private ledgerSeen = 0;
  unreadable = 0;

  /**
   * Costs of the same count that differ by less than this (millionths of a nano-USD) are the same: each side rounds its
   * own way. Where counts differ it is no rounding, however small.
   */
  private readonly costSlackParts: bigint;

  constructor(costSlackParts: bigint) {
    this.costSlackParts = costSlackParts;
  }

  add(compared: Compared): void {
    const { ledger, other, otherIsPriced = true, ...what } = compared;
    this.checked += 1;
    this.ledgerSeen += ledger ? 1 : 0;
    this.otherSeen += other ? 1 : 0;
    let driftCount = 0n;
    let driftParts = 0n;
    for (const component of driftComponents) {
      const ours = ledger?.[component] ?? [];
      const theirs = other?.[component] ?? [];
      const sum = this.sums.get(component);
      for (let place = 0; sum && place < Math.max(ours.length, theirs.length); place += 1) {
        const our = ours[place] ?? nothing;
        const found = theirs[place] ?? nothing;
        const their = otherIsPriced ? found : { ...found, costParts: our.costParts };
        const count = magnitude(our.count - their.count);
        const parts = magnitude(our.costParts - their.costParts);
        const drift = count === 0n && parts <= this.costSlackParts ? 0n : parts;
        sum.ledgerCount += our.count;
        sum.otherCount += their.count;
        sum.driftCount += count;
        sum.ledgerParts += our.costParts;
        sum.otherParts += their.costParts;
        sum.driftParts += drift;
        driftCount += count;
        driftParts += drift;
      }
    }
    if (driftCount > 0n || driftParts > 0n) {
      this.note({
        ...what,
        kind: kindOf(ledger, other, driftCount),
        driftCount,
        driftNanoUsd: toNano(driftParts),
      });
    }
  }

  report({ basisPoints }: Tolerance): ReconciliationReport {
    const components = [...this.sums].map(([component, sum]) => driftOf(component, sum));
    const driftNanoUsd = toNano(
      [...this.sums.values()].reduce((total, { driftParts }) => total + driftParts, 0n),
    );
    return {
      checked: this.checked,
      differences: Object.fromEntries(this.kinds) as Record<DifferenceKind, number>,
      components,
      driftNanoUsd,
      worst: this.worst,
      unreadable: this.unreadable,
      verdict: this.verdict(BigInt(basisPoints)),
    };
  }

  private verdict(basisPoints: bigint): Verdict {
    if (this.ledgerSeen > 0 && this.otherSeen === 0) {
      return "silent";
    }
    if ([...this.kinds.values()].every((count) => count === 0)) {
      return "agrees";
    }
    const sums = [...this.sums.values()];
    const total = (pick: (sum: Sum) => bigint) => sums.reduce((all, sum) => all + pick(sum), 0n);
    const passes = (drift: bigint, ours: bigint, theirs: bigint) =>
      drift * 10_000n <= (ours > theirs ? ours : theirs) * basisPoints;
    const isWithin =
      passes(
        total(({ driftParts }) => driftParts),
        total(({ ledgerParts }) => ledgerParts),
        total(({ otherParts }) => otherParts),
      ) && sums.every((sum) => passes(sum.driftCount, sum.ledgerCount, sum.otherCount));
    return isWithin ? "within-tolerance" : "drifts";
  }

  private note(difference: Difference): void {
    this.kinds.set(difference.kind, (this.kinds.get(difference.kind) ?? 0) + 1);
    this.worst.push(difference);
    if (this.worst.length > mostWorst) {
      this.worst.sort(worstFirst);
      this.worst.length = mostWorst;
    }
    this.worst.sort(worstFirst);
  }
}

const nothing: Amount = { count: 0n, costParts: 0n };

function kindOf(ledger: Amounts | undefined, other: Amounts | undefined, driftCount: bigint): DifferenceKind {
  if (!other) {
    return "ledger-only";
  }
  if (!ledger) {
    return "other-only";
  }
  return driftCount > 0n ? "usage" : "cost";
}

function driftOf(component: DriftComponent, sum: Sum): ComponentDrift {
  return {
    component,
    ledgerCount: sum.ledgerCount,
    otherCount: sum.otherCount,
    driftCount: sum.driftCount,
    ledgerNanoUsd: toNano(sum.ledgerParts),
    otherNanoUsd: toNano(sum.otherParts),
    driftNanoUsd: toNano(sum.driftParts),
  };
}

function worstFirst(a: Difference, b: Difference): number {
  return compare(b.driftNanoUsd, a.driftNanoUsd) || compare(b.driftCount, a.driftCount);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** To the nearest nano. */
function toNano(parts: bigint): NanoUsd {
  const half = partsOfNano / 2n;
  return parts < 0n ? -((-parts + half) / partsOfNano) : (parts + half) / partsOfNano;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
