/** Asks for the reconciliations that are due by the calendar, and runs those that were asked for. */
import type { Clock } from "@caprock/domain";
import {
  type Reconciliation,
  type ReconciliationReport,
  type ReconciliationSource,
  requestedReconciliation,
} from "./reconciliation.ts";
import type { ReconciliationStore } from "./reconciliation-store.ts";

type Range = Pick<Reconciliation, "startMs" | "endMs">;

/** How one source is reconciled, and when. */
export interface ReconciliationPlan {
  readonly run: (range: Range) => Promise<ReconciliationReport>;
  /** The length of what is reconciled by the calendar. */
  readonly stretchMs: number;
  /** How long a stretch must be over before the other side can be expected to be whole. */
  readonly graceMs: number;
  /** How many stretches back are made up for, when no worker ran. */
  readonly stretchesBack: number;
}

export interface RunReconciliationsParts {
  readonly reconciliations: ReconciliationStore;
  /** Sources that there are; one without a plan is not there to compare with. */
  readonly plans: Readonly<Partial<Record<ReconciliationSource, ReconciliationPlan>>>;
  /** When the first tenant came: before that there is nothing to reconcile. Undefined when there is none. */
  readonly sinceMs: () => Promise<number | undefined>;
  readonly clock: Clock;
  /** How long a run may take before it counts as lost and is made again. */
  readonly leaseMs: number;
  /** Told of every result, before it is kept: it may come twice, when a run was lost at the end. */
  readonly onReport: (reconciliation: Reconciliation, report: ReconciliationReport) => Promise<void>;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** After so many runs that were lost or failed, one is given up. */
const mostAttempts = 3;
const mostPerRound = 4;

/** What stood in the way of reconciling a range. */
export type RangeProblem = "no source" | "too early";

/** Whether a range can be reconciled now: there is something to compare with, and it is old enough to be whole. */
export function rangeProblem(
  source: ReconciliationSource,
  { endMs }: Pick<Range, "endMs">,
  {
    plans,
    clock,
  }: {
    readonly plans: Readonly<Partial<Record<ReconciliationSource, Pick<ReconciliationPlan, "graceMs">>>>;
    readonly clock: Clock;
  },
): RangeProblem | undefined {
  const plan = plans[source];
  if (!plan) {
    return "no source";
  }
  return endMs + plan.graceMs > clock.now() ? "too early" : undefined;
}

/**
 * Asks for the stretches that are due and were not asked for yet. Requests are named by their range, so that any
 * number of workers may ask.
 */
export async function requestReconciliations({
  reconciliations,
  plans,
  sinceMs,
  clock,
}: RunReconciliationsParts): Promise<void> {
  const nowMs = clock.now();
  const firstMs = (await sinceMs()) ?? nowMs;
  for (const [source, plan] of Object.entries(plans) as [ReconciliationSource, ReconciliationPlan][]) {
    const { stretchMs, graceMs, stretchesBack } = plan;
    const lastEndMs = Math.floor((nowMs - graceMs) / stretchMs) * stretchMs;
    for (let back = stretchesBack; back > 0; back -= 1) {
      const endMs = lastEndMs - (back - 1) * stretchMs;
      const wanted = requestedReconciliation({ source, startMs: endMs - stretchMs, endMs }, nowMs);
      if (endMs > firstMs && !(await reconciliations.read(wanted.id))) {
        await reconciliations.request(wanted);
      }
    }
  }
}

/** Runs what is due. Safe to run twice at once and to be killed at any point. Resolves with how many were finished. */
export async function runReconciliations(parts: RunReconciliationsParts): Promise<number> {
  let finished = 0;
  for (const id of await parts.reconciliations.due(parts.clock.now(), mostPerRound)) {
    finished += (await runOne(id, parts)) ? 1 : 0;
  }
  return finished;
}

async function runOne(id: string, parts: RunReconciliationsParts): Promise<boolean> {
  const { reconciliations, plans, clock, leaseMs, onReport, onFailure } = parts;
  const nowMs = clock.now();
  const known = await reconciliations.read(id);
  if (known?.dueAtMs === undefined || known.dueAtMs > nowMs) {
    return false;
  }
  const plan = plans[known.source];
  const { dueAtMs: _, ...over } = known;
  if (!plan || known.attempts >= mostAttempts) {
    await reconciliations.replace(known, { ...over, state: "failed", finishedAtMs: nowMs });
    return false;
  }
  const claimed = await reconciliations.replace(known, {
    ...known,
    attempts: known.attempts + 1,
    dueAtMs: nowMs + leaseMs,
  });
  if (!claimed) {
    return false;
  }
  try {
    const report = await plan.run(claimed);
    await onReport(claimed, report);
    const { dueAtMs: _due, ...done } = claimed;
    const finishedAtMs = clock.now();
    return (
      (await reconciliations.replace(claimed, { ...done, state: "done", finishedAtMs, report })) !== undefined
    );
  } catch (error) {
    // Left as claimed: it is made again when the claim has run out.
    onFailure(id, error);
    return false;
  }
}
