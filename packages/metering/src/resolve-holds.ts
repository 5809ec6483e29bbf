/** Finds holds whose call never settled them, and settles each by the best that is known of it. */
import { type Clock, type RequestId, requestArrivalMs } from "@caprock/domain";
import type { Account, AccountStore, Hold } from "./account-store.ts";
import type { InvocationLog, LoggedInvocation } from "./invocation-log.ts";
import type { EntryStatus, LedgerEntry, LedgerStore } from "./ledger-store.ts";
import { usedOf } from "./settle.ts";

export interface ResolveParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Absent where Bedrock's invocation logging is off: then nothing more can be learned of a call. */
  readonly invocationLog: InvocationLog | undefined;
  /** Writes the entry of a call from what Bedrock logged; undefined when it has no price. */
  readonly receiptOf: (invocation: LoggedInvocation, status: EntryStatus) => LedgerEntry | undefined;
  /** A call that the log does not show this long after its hold expired never ran. */
  readonly graceMs: number;
  /** How soon an account with unresolved holds is looked at again. */
  readonly retryMs: number;
}

export interface ResolveReport {
  /** Holds settled by the entry their call had written. */
  settledFromLedger: number;
  /** Holds settled by what Bedrock logged. */
  settledFromLog: number;
  /** Holds given back because their call never ran. */
  released: number;
  /** Holds that still wait for the log, or for an operator. */
  unresolved: number;
}

/** Goes through every account that is due. Safe to run at any time, twice at once, and to be killed in between. */
export async function resolveHolds(parts: ResolveParts): Promise<ResolveReport> {
  const report: ResolveReport = { settledFromLedger: 0, settledFromLog: 0, released: 0, unresolved: 0 };
  const nowMs = parts.clock.now();
  for await (const account of parts.accounts.due(nowMs)) {
    await resolveAccount(account, nowMs, parts, report);
  }
  return report;
}

async function resolveAccount(
  account: Account,
  nowMs: number,
  parts: ResolveParts,
  report: ResolveReport,
): Promise<void> {
  const due = account.holds.filter((hold) => hold.expiresAtMs <= nowMs);
  const waiting: Hold[] = [];
  for (const hold of due) {
    const entry = await parts.ledger.find(account.tenantId, hold.requestId);
    const final = entry !== undefined && !(entry.estimated && parts.invocationLog);
    if (final) {
      await parts.accounts.settle(account.accountId, hold, usedOf(account.unit, entry));
      report.settledFromLedger += 1;
    } else if (account.unit === "requests") {
      await parts.accounts.settle(account.accountId, hold, hold.amount);
      report.settledFromLedger += 1;
    } else {
      waiting.push(hold);
    }
  }
  const unresolved = waiting.length > 0 ? await resolveFromLog(account, waiting, nowMs, parts, report) : 0;
  report.unresolved += unresolved;
  const later = account.holds.filter((hold) => hold.expiresAtMs > nowMs).map((hold) => hold.expiresAtMs);
  const next = unresolved > 0 ? [nowMs + parts.retryMs, ...later] : later;
  await parts.accounts.schedule(account, next.length > 0 ? Math.min(...next) : undefined);
}

/** Settles what the log shows and releases what it should show by now but does not; returns how many still wait. */
async function resolveFromLog(
  account: Account,
  waiting: readonly Hold[],
  nowMs: number,
  parts: ResolveParts,
  report: ResolveReport,
): Promise<number> {
  const logged = await findLogged(waiting, nowMs, parts);
  let unresolved = 0;
  for (const hold of waiting) {
    const invocation = logged.get(hold.requestId);
    if (invocation?.tenantId === account.tenantId) {
      const entry = parts.receiptOf(invocation, "aborted");
      if (entry) {
        const standing = await parts.ledger.correct(entry);
        await parts.accounts.settle(account.accountId, hold, usedOf(account.unit, standing));
        report.settledFromLog += 1;
        continue;
      }
    } else if (parts.invocationLog && hold.expiresAtMs + parts.graceMs <= nowMs) {
      // An entry, if there is one, is an estimate that nothing will correct any more: it is charged as it is.
      const entry = await parts.ledger.find(account.tenantId, hold.requestId);
      await parts.accounts.settle(account.accountId, hold, entry ? usedOf(account.unit, entry) : 0n);
      report.released += entry ? 0 : 1;
      report.settledFromLedger += entry ? 1 : 0;
      continue;
    }
    if (hold.state === "held") {
      await parts.accounts.keep(account.accountId, hold, hold);
    }
    unresolved += 1;
  }
  return unresolved;
}

async function findLogged(
  holds: readonly Hold[],
  nowMs: number,
  { invocationLog }: ResolveParts,
): Promise<ReadonlyMap<RequestId, LoggedInvocation>> {
  if (!invocationLog) {
    return new Map();
  }
  const ids = new Set(holds.map((hold) => hold.requestId));
  const fromMs = Math.min(...holds.map((hold) => requestArrivalMs(hold.requestId)));
  return invocationLog.find(ids, { fromMs, toMs: nowMs + 1 });
}
