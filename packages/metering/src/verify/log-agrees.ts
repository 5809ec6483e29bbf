/** Check: the ledger has what Bedrock's own log says was called. */
import { platformOwner } from "../limits.ts";
import { type Difference, type ReconciliationReport, reconcileLog } from "../reconcile/index.ts";
import { utcMonthRange } from "./entry-range.ts";
import {
  amountText,
  type CheckDefinition,
  type CheckReport,
  Findings,
  instantText,
  skipped,
} from "./findings.ts";
import { clockSkewMs, rereadPauseMs, type VerifyParts, type VerifyScope } from "./verify-parts.ts";

export const logAgrees: CheckDefinition = {
  id: "log-agrees",
  promise:
    "The calls in Bedrock's invocation log are those in the ledger, with the same tokens and the same cost.",
  method:
    "Whole hours that were over long enough for late log files are reconciled call by call: token classes, and the cost as the price book gives it for what was logged, with later adjustments. A difference is reconciled again before it is called one.",
};

/** Calls that are compared in one piece. */
const mostInMemory = 100_000;
const hourMs = 3_600_000;

type Parts = Pick<VerifyParts, "ledger" | "adjustments" | "log" | "logGraceMs" | "clock" | "pause">;

export async function checkLogAgrees(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const { log, clock, logGraceMs } = parts;
  if (!log) {
    return skipped(logAgrees, "Bedrock's invocation log is off, or its bucket was not named.");
  }
  const range = utcMonthRange(scope);
  // No call arrived before its tenant was made; the demo's made-up ones were never logged.
  const madeAtMs = Math.min(...scope.tenants.map(({ createdAtMs }) => createdAtMs)) - clockSkewMs;
  const startMs = Math.floor(Math.max(range.startMs, madeAtMs) / hourMs) * hourMs;
  const endMs = Math.min(range.endMs, Math.floor((clock.now() - logGraceMs) / hourMs) * hourMs);
  if (endMs <= startMs) {
    return skipped(logAgrees, "No hour has been over for long enough yet.");
  }
  const wanted = new Set(scope.tenants.map(({ id }) => id));
  const invocationLog = {
    async *list(logRange: { readonly fromMs: number; readonly toMs: number }) {
      for await (const invocation of log.invocationLog.list(logRange)) {
        if (scope.isWhole || wanted.has(invocation.tenantId)) {
          yield invocation;
        }
      }
    },
  };
  const reconcile = () =>
    reconcileLog(
      { startMs, endMs },
      {
        ...parts,
        invocationLog,
        priceOf: log.priceOf,
        tenantIds: async () => [...wanted],
        tolerance: { basisPoints: 0 },
        graceMs: logGraceMs,
        mostInMemory,
      },
    );
  let report = await reconcile();
  if (report.verdict === "drifts") {
    await parts.pause(rereadPauseMs);
    report = await reconcile();
  }
  const findings = new Findings();
  findings.lookedAt("hours", (endMs - startMs) / hourMs);
  findings.lookedAt("calls", report.checked);
  if (report.unreadable > 0) {
    findings.remark("log records that could not be read", undefined, report.unreadable);
  }
  if (report.verdict === "silent") {
    const reason = `From ${instantText(startMs)} to ${instantText(endMs)} the log shows nothing at all, and the ledger has ${report.checked} calls: is logging delivered to this bucket?`;
    return findings.report(logAgrees, { outcome: "skipped", reason });
  }
  offendAll(report, findings);
  return findings.report(logAgrees);
}

const words: Readonly<Record<Difference["kind"], string>> = {
  "ledger-only": "is in the ledger and not in the log",
  "other-only": "is in the log and not in the ledger",
  usage: "used other tokens by the log",
  cost: "cost something else by the log",
};

/** The report names the worst; the others are counted. */
function offendAll({ verdict, worst, differences }: ReconciliationReport, findings: Findings): void {
  if (verdict === "agrees") {
    return;
  }
  for (const { kind, tenantId, requestId, modelId, driftCount, driftNanoUsd } of worst) {
    const apart = `${driftCount} tokens and ${amountText("nanoUsd", driftNanoUsd)} apart`;
    findings.offend(requestId ?? platformOwner, `${tenantId}: ${words[kind]} (${modelId}), ${apart}`);
  }
  const all = Object.values(differences).reduce((sum, count) => sum + count, 0);
  findings.offendUnnamed(all - worst.length);
}
