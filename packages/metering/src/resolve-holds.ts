/** Finds holds and grants that nobody settles any more, and settles each by the best that is known of it. */
import type { Clock, TenantId } from "@caprock/domain";
import type { Account, AccountStore, Grant, Hold } from "./account-store.ts";
import { usedOf } from "./admission.ts";
import { forEachAtOnce } from "./at-once.ts";
import { type GrantNotes, grantOfLogged } from "./grants/grant-notes.ts";
import { type InvocationLog, isWhole, type LoggedInvocation } from "./invocation-log.ts";
import type { EntryStatus, LedgerEntry, LedgerStore } from "./ledger-store.ts";
import { type LogFindings, provenAtMs, readLog, type Waiting } from "./read-log.ts";
import { type EntriesOfGrants, entriesOfGrants, giveBackGrant, resolveGrant } from "./resolve-grants.ts";
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

/** What the log is to a round: there is none, it could not be read, or it told something. */
type Log = "off" | "unreadable" | LogFindings;

/** How soon an account is looked at again whose holds only an operator can resolve. */
const operatorRetryMs = 3_600_000;

/**
 * Goes through every account that is due: first what needs no log, then, with one pass over the log, all the rest. Safe
 * to run at any time, twice at once, and to be killed in between.
 */
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
  const waiting: (Waiting & { readonly retries: readonly number[] })[] = [];

  async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      report.failed += 1;
      parts.onFailure(what, error);
      return undefined;
    }
  }

  await forEachAtOnce(parts.accounts.due(nowMs), async (accountId) => {
    await attempt(accountId, async () => {
      const account = await parts.accounts.read(accountId);
      if (account) {
        const holds = await settleFromLedger(account, nowMs, parts, report);
        const grants = await giveBackGrants(account, nowMs, parts, report);
        const late = grants.filter((grant) => provenAtMs(grant, parts.graceMs) <= nowMs);
        const retries = grants
          .filter((grant) => !late.includes(grant))
          .map((grant) => provenAtMs(grant, parts.graceMs));
        report.unresolved += retries.length;
        if (holds.length + late.length > 0) {
          waiting.push({ account, holds, grants: late, retries });
        } else {
          await lookAgain(account, nowMs, retries, parts);
        }
      }
    });
  });
  if (waiting.length === 0) {
    return report;
  }

  const { invocationLog, graceMs } = parts;
  const log: Log = invocationLog
    ? ((await attempt("the invocation log", () => readLog(invocationLog, waiting, nowMs, graceMs))) ??
      "unreadable")
    : "off";
  const findings = typeof log === "object" ? log : undefined;
  const entries: EntriesOfGrants =
    (log === "unreadable"
      ? undefined
      : await attempt("the grants of the dead", () => entriesOfGrants(waiting, findings, nowMs, parts))) ??
    new Map();
  await forEachAtOnce(waiting, async ({ account, holds, grants, retries: earlier }) => {
    await attempt(account.accountId, async () => {
      const retries = [...earlier];
      for (const grant of grants) {
        if (await resolveGrant(account, grant, entries, findings, parts)) {
          report.grantsResolved += 1;
        } else {
          report.unresolved += 1;
          retries.push(nowMs + parts.retryMs);
        }
      }
      for (const hold of holds) {
        const resolved = await resolveFromLog(account, hold, log, nowMs, parts, report);
        if (resolved !== "resolved") {
          report.unresolved += 1;
          retries.push(nowMs + (resolved === "may be logged yet" ? parts.retryMs : operatorRetryMs));
        }
      }
      await lookAgain(account, nowMs, retries, parts);
    });
  });
  return report;
}

/** Has the account looked at again when the next of its holds and grants is due, or is to be tried again. */
async function lookAgain(
  account: Account,
  nowMs: number,
  retries: readonly number[],
  { accounts }: ResolveParts,
): Promise<void> {
  const nextMs = Math.min(...retries, ...expiriesAfter(nowMs, account));
  if (nextMs === Number.POSITIVE_INFINITY) {
    await accounts.schedule(account, undefined);
    return;
  }
  await accounts.schedule(account, nextMs);
  // What was opened meanwhile found that the account was to be looked at anyway.
  const { accountId } = account;
  const openedMs = Math.min(...expiriesAfter(nowMs, await accounts.read(accountId)));
  if (openedMs < nextMs) {
    await accounts.schedule({ accountId, sweepAtMs: nextMs }, openedMs);
  }
}

function expiriesAfter(nowMs: number, account: Account | undefined): readonly number[] {
  return [...(account?.holds ?? []), ...(account?.grants ?? [])]
    .map(({ expiresAtMs }) => expiresAtMs)
    .filter((expiresAtMs) => expiresAtMs > nowMs);
}

/** Gives back the grants of dead processes that need neither ledger nor log; returns the rest. */
async function giveBackGrants(
  account: Account,
  nowMs: number,
  parts: ResolveParts,
  report: ResolveReport,
): Promise<Grant[]> {
  const rest: Grant[] = [];
  for (const grant of account.grants.filter(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
    if (await giveBackGrant(account, grant, parts)) {
      report.grantsResolved += 1;
    } else {
      rest.push(grant);
    }
  }
  return rest;
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
 * Settles a hold by what the log shows, or gives it back when the log would show the call by now. A hold that has an
 * estimated entry is then charged the estimate: nothing will correct it any more.
 */
async function resolveFromLog(
  account: Account,
  hold: Hold,
  log: Log,
  nowMs: number,
  parts: ResolveParts,
  report: ResolveReport,
): Promise<"resolved" | "may be logged yet" | "needs an operator"> {
  const provenMs = provenAtMs(hold, parts.graceMs);
  const logged = typeof log === "object" ? log.calls.get(hold) : undefined;
  // Of a call that made several invocations the rest may be delivered yet.
  const call = logged && (isWhole(logged) || provenMs <= nowMs) ? logged : undefined;
  const standing = await parts.ledger.find(hold.tenantId, hold.requestId);
  const entry = call && (await parts.receiptOf(call, standing?.status ?? "aborted"));
  if (call && entry) {
    const grant = await grantOfLogged(call, parts.notes);
    const corrected = await parts.ledger.correct({ ...entry, ...grant });
    await parts.accounts.settle(account.accountId, hold, usedOf(account.unit, corrected));
    report.settledFromLog += 1;
    return "resolved";
  }
  const isProven = typeof log === "object" && provenMs <= log.aliveAtMs;
  if (standing ? isProven || (call && provenMs <= nowMs) : isProven && !logged) {
    await parts.accounts.settle(account.accountId, hold, standing ? usedOf(account.unit, standing) : 0n);
    report[standing ? "settledFromLedger" : "released"] += 1;
    return "resolved";
  }
  if (hold.state === "held") {
    await parts.accounts.keep(account.accountId, hold, hold);
  }
  return log === "off" || (call && provenMs <= nowMs) ? "needs an operator" : "may be logged yet";
}
