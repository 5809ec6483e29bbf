/** Finds holds and grants that nobody settles any more, and settles each by the best that is known of it. */
import { type Clock, type RequestId, requestArrivalMs, type TenantId } from "@caprock/domain";
import type { Account, AccountStore, Hold } from "./account-store.ts";
import { usedOf } from "./admission.ts";
import { type GrantNotes, grantOfLogged } from "./grants/grant-notes.ts";
import type { InvocationLog, LoggedInvocation, LogRange } from "./invocation-log.ts";
import type { EntryStatus, LedgerEntry, LedgerStore } from "./ledger-store.ts";
import { resolveGrant } from "./resolve-grants.ts";
import { isKnownAtOnce } from "./wanted-amounts.ts";

export interface ResolveParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly notes: GrantNotes;
  /** Absent where Bedrock's invocation logging is off: then nothing more can be learned of a call. */
  readonly invocationLog: InvocationLog | undefined;
  /** Writes the entry of a call from what Bedrock logged; undefined when its model is not known any more. */
  readonly receiptOf: (invocation: LoggedInvocation, status: EntryStatus) => Promise<LedgerEntry | undefined>;
  /** All tenants: a grant on an account of the platform may have let calls of any of them through. */
  readonly tenantIds: () => Promise<readonly TenantId[]>;
  /** A call that the log does not show this long after its hold expired never ran. */
  readonly graceMs: number;
  /** How soon an account whose holds wait for the log is looked at again. */
  readonly retryMs: number;
  /** Told of an account, or the log, that could not be worked on; the others are, and the next round tries again. */
  readonly onFailure: (what: string, error: unknown) => void;
}

export interface ResolveReport {
  /** Holds settled by the entry their call had written. */
  settledFromLedger: number;
  /** Holds settled by what Bedrock logged. */
  settledFromLog: number;
  /** Holds given back because their call never ran. */
  released: number;
  /** Grants of processes that died, given back but for what their calls used. */
  grantsResolved: number;
  /** Holds and grants that still wait for the log, or for an operator. */
  unresolved: number;
  /** Accounts that could not be worked on. */
  failed: number;
}

/** An account with the holds that neither settled nor can be settled from the ledger. */
interface Waiting {
  readonly account: Account;
  readonly holds: readonly Hold[];
}

/** How far a process's clock, which dates its calls, may be from Bedrock's, which dates the log. */
const clockSkewMs = 600_000;

/** How soon an account is looked at again whose holds only an operator can resolve. */
const operatorRetryMs = 3_600_000;

/** Goes through every account that is due. Safe to run at any time, twice at once, and to be killed in between. */
export async function resolveHolds(parts: ResolveParts): Promise<ResolveReport> {
  const report: ResolveReport = {
    settledFromLedger: 0,
    settledFromLog: 0,
    released: 0,
    grantsResolved: 0,
    unresolved: 0,
    failed: 0,
  };
  const nowMs = parts.clock.now();
  const waiting: Waiting[] = [];

  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      report.failed += 1;
      parts.onFailure(what, error);
    }
  }

  for await (const accountId of parts.accounts.due(nowMs)) {
    await attempt(accountId, async () => {
      const account = await parts.accounts.read(accountId);
      if (account) {
        waiting.push({ account, holds: await settleFromLedger(account, nowMs, parts, report) });
      }
    });
  }
  await attempt("the invocation log", async () => {
    const logged = await parts.invocationLog?.find(rangesOf(waiting, nowMs, parts.graceMs));
    for (const { account, holds } of waiting) {
      await attempt(account.accountId, async () => {
        const retries: number[] = [];
        for (const grant of account.grants.filter(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
          if (await resolveGrant(account, grant, nowMs, parts)) {
            report.grantsResolved += 1;
          } else {
            report.unresolved += 1;
            retries.push(nowMs + parts.retryMs);
          }
        }
        for (const hold of holds) {
          const resolved = await resolveFromLog(account, hold, logged, nowMs, parts, report);
          if (resolved !== "resolved") {
            report.unresolved += 1;
            retries.push(nowMs + (resolved === "may be logged yet" ? parts.retryMs : operatorRetryMs));
          }
        }
        const later = [...account.holds, ...account.grants]
          .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
          .map(({ expiresAtMs }) => expiresAtMs);
        const next = [...retries, ...later];
        await parts.accounts.schedule(account, next.length > 0 ? Math.min(...next) : undefined);
      });
    }
  });
  return report;
}

/** Settles what is due and has a final entry, and requests and calls at once, whose use is known; returns the rest. */
async function settleFromLedger(
  account: Account,
  nowMs: number,
  parts: ResolveParts,
  report: ResolveReport,
): Promise<Hold[]> {
  const rest: Hold[] = [];
  for (const hold of account.holds.filter(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
    if (isKnownAtOnce(account.unit)) {
      const used = account.unit === "requests" ? hold.amount : 0n;
      await parts.accounts.settle(account.accountId, hold, used);
      report.settledFromLedger += 1;
      continue;
    }
    const entry = await parts.ledger.find(hold.tenantId, hold.requestId);
    if (entry && !(entry.estimated && parts.invocationLog)) {
      await parts.accounts.settle(account.accountId, hold, usedOf(account.unit, entry));
      report.settledFromLedger += 1;
    } else {
      rest.push(hold);
    }
  }
  return rest;
}

/**
 * Settles a hold by what the log shows, or gives it back when the log should show it by now. A hold that has an
 * estimated entry is then charged the estimate: nothing will correct it any more.
 */
async function resolveFromLog(
  account: Account,
  hold: Hold,
  logged: ReadonlyMap<RequestId, LoggedInvocation> | undefined,
  nowMs: number,
  parts: ResolveParts,
  report: ResolveReport,
): Promise<"resolved" | "may be logged yet" | "needs an operator"> {
  const standing = await parts.ledger.find(hold.tenantId, hold.requestId);
  const invocation = logged?.get(hold.requestId);
  const entry =
    invocation?.tenantId === hold.tenantId
      ? await parts.receiptOf(invocation, standing?.status ?? "aborted")
      : undefined;
  if (entry) {
    const grant = await grantOfLogged(invocation ?? hold, parts.notes);
    const corrected = await parts.ledger.correct({ ...entry, ...grant });
    await parts.accounts.settle(account.accountId, hold, usedOf(account.unit, corrected));
    report.settledFromLog += 1;
    return "resolved";
  }
  const graceIsOver = hold.expiresAtMs + parts.graceMs <= nowMs;
  if (logged && graceIsOver && (standing || (!invocation && (await logIsAlive(hold, nowMs, parts))))) {
    await parts.accounts.settle(account.accountId, hold, standing ? usedOf(account.unit, standing) : 0n);
    report[standing ? "settledFromLedger" : "released"] += 1;
    return "resolved";
  }
  if (hold.state === "held") {
    await parts.accounts.keep(account.accountId, hold, hold);
  }
  return logged && !(graceIsOver && invocation) ? "may be logged yet" : "needs an operator";
}

/** The absence of a call from the log means something only if the log has worked since. */
async function logIsAlive(hold: Hold, nowMs: number, { invocationLog }: ResolveParts): Promise<boolean> {
  const range = { fromMs: requestArrivalMs(hold.requestId), toMs: nowMs + 1 };
  return (await invocationLog?.isAlive(range)) ?? false;
}

function rangesOf(
  waiting: readonly Waiting[],
  nowMs: number,
  graceMs: number,
): ReadonlyMap<RequestId, LogRange> {
  const holds = waiting.flatMap((each) => each.holds);
  return new Map(
    holds.map(({ requestId, expiresAtMs }) => [
      requestId,
      {
        fromMs: requestArrivalMs(requestId) - clockSkewMs,
        toMs: Math.min(nowMs, expiresAtMs + graceMs) + clockSkewMs + 1,
      },
    ]),
  );
}
