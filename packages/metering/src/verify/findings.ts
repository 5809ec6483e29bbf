/** What a check has found, in memory that does not grow with what it looked at. */
import { formatUsd, type LimitUnit } from "@caprock/domain";

/** `unfinished`: the check could not be carried out. */
const outcomes = ["pass", "fail", "skipped", "unfinished"] as const;
export type Outcome = (typeof outcomes)[number];

/** What a check is, whatever it finds. */
export interface CheckDefinition {
  readonly id: string;
  /** What is promised. */
  readonly promise: string;
  /** How that is checked. */
  readonly method: string;
}

/** One thing that breaks the promise. */
export interface Offender {
  /** Of the account, entry, hold, chain or hour. */
  readonly id: string;
  readonly what: string;
}

/** Something that looks like an offence and is none, and why. */
export interface Remark {
  readonly what: string;
  readonly count: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

export interface CheckReport extends CheckDefinition {
  readonly outcome: Outcome;
  /** Why it was skipped, or could not be finished. */
  readonly reason?: string;
  /** How many of what were looked at. */
  readonly lookedAt: Readonly<Record<string, number>>;
  readonly remarks: readonly Remark[];
  /** What was seen, in order, where the check follows one thing. */
  readonly seen?: readonly string[];
  readonly offenderCount: number;
  /** The first `mostOffenders` of them. */
  readonly offenders: readonly Offender[];
}

/** The most offenders, and examples of a remark, that a report names. */
const mostOffenders = 20;
const mostExamples = 5;

export class Findings {
  private readonly counts: Record<string, number> = {};
  private readonly remarks = new Map<string, { count: number; examples: string[] }>();
  private readonly seen: string[] = [];
  private readonly offenders: Offender[] = [];
  private offenderCount = 0;

  /** `what` in the plural. */
  lookedAt(what: string, count = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + count;
  }

  remark(what: string, example?: string, count = 1): void {
    const remark = this.remarks.get(what) ?? { count: 0, examples: [] };
    remark.count += count;
    if (example !== undefined && remark.examples.length < mostExamples) {
      remark.examples.push(example);
    }
    this.remarks.set(what, remark);
  }

  saw(what: string): void {
    this.seen.push(what);
  }

  offend(id: string, what: string): void {
    this.offenderCount += 1;
    if (this.offenders.length < mostOffenders) {
      this.offenders.push({ id, what });
    }
  }

  /** Offenders that are counted and not named. */
  offendUnnamed(count: number): void {
    this.offenderCount += count;
  }

  report(definition: CheckDefinition, ended?: Pick<CheckReport, "outcome" | "reason">): CheckReport {
    return {
      ...definition,
      ...this.outcome(),
      ...ended,
      lookedAt: this.counts,
      remarks: [...this.remarks].map(([what, remark]) => ({ what, ...remark })),
      ...(this.seen.length > 0 && { seen: this.seen }),
      offenderCount: this.offenderCount,
      offenders: this.offenders,
    };
  }

  /** Where there was nothing to look at, nothing was proved. */
  private outcome(): Pick<CheckReport, "outcome" | "reason"> {
    if (this.offenderCount > 0) {
      return { outcome: "fail" };
    }
    return Object.values(this.counts).some((count) => count > 0)
      ? { outcome: "pass" }
      : { outcome: "skipped", reason: "There is nothing of this kind yet." };
  }
}

/** A check that has nothing to go by, and why. */
export function skipped(definition: CheckDefinition, reason: string): CheckReport {
  return new Findings().report(definition, { outcome: "skipped", reason });
}

/** An amount with its unit, for people: "$0.000182000", "46 tokens". */
export function amountText(unit: LimitUnit, amount: bigint): string {
  switch (unit) {
    case "nanoUsd":
      return amount < 0n ? `-$${formatUsd(-amount)}` : `$${formatUsd(amount)}`;
    case "concurrency":
      return `${amount} calls at once`;
    default:
      return `${amount} ${unit}`;
  }
}

/** An instant, to the second. */
export function instantText(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19)}Z`;
}
