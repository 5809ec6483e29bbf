/** The worker's watch: looks at limits, reports and AWS's own records, and delivers the alerts that come of it. */
import type { Clock } from "@caprock/domain";
import {
  type DeliverParts,
  deliverAlerts,
  evaluateReports,
  evaluateThresholds,
  type ReportParts,
  type RunReconciliationsParts,
  requestReconciliations,
  runReconciliations,
} from "@caprock/metering";

export interface WatchParts {
  readonly evaluate: ReportParts;
  readonly reconcile: RunReconciliationsParts;
  readonly deliver: DeliverParts;
  readonly clock: Clock;
  /** Pauses between two looks at accounts, and at reports and AWS's records, which are dearer. */
  readonly intervalMs: number;
  readonly reportIntervalMs: number;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** What one round came to. */
export interface WatchReport {
  raised: number;
  delivered: number;
  undelivered: number;
  reconciled: number;
}

/** Keeps when what is to be looked at next; all else is in the stores, so that any number of them may run. */
export class Watch {
  private readonly parts: WatchParts;
  private thresholdsDueMs = 0;
  private reportsDueMs = 0;

  constructor(parts: WatchParts) {
    this.parts = parts;
  }

  /** One round. A part of it that fails is told of, and the others are done. */
  async round(): Promise<WatchReport> {
    const { evaluate, reconcile, clock, intervalMs, reportIntervalMs } = this.parts;
    const report: WatchReport = { raised: 0, delivered: 0, undelivered: 0, reconciled: 0 };
    const nowMs = clock.now();
    if (nowMs >= this.thresholdsDueMs) {
      await this.attempt("thresholds", async () => {
        report.raised += await evaluateThresholds(evaluate);
        this.thresholdsDueMs = nowMs + intervalMs;
      });
    }
    if (nowMs >= this.reportsDueMs) {
      await this.attempt("reports", async () => {
        report.raised += await evaluateReports(evaluate);
        await requestReconciliations(reconcile);
        this.reportsDueMs = nowMs + reportIntervalMs;
      });
    }
    // What was raised so far does not wait for reconciliations, which may take minutes.
    await this.deliverDue(report);
    await this.attempt("reconciliations", async () => {
      report.reconciled = await runReconciliations(reconcile);
    });
    if (report.reconciled > 0) {
      await this.deliverDue(report);
    }
    return report;
  }

  private deliverDue(report: WatchReport): Promise<void> {
    return this.attempt("deliveries", async () => {
      const { delivered, failed } = await deliverAlerts(this.parts.deliver);
      report.delivered += delivered;
      report.undelivered += failed;
    });
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.parts.onFailure(what, error);
    }
  }
}
