/** Runs every check of the books, one after the other. */
import type { Tenant } from "@caprock/domain";
import type { Account } from "../account-store.ts";
import { platformOwner } from "../limits.ts";
import { utcMonths } from "../windows.ts";
import { AccountsAddUp, accountsAddUp } from "./accounts-add-up.ts";
import { accountsMatchLedger, checkAccountsMatchLedger } from "./accounts-match-ledger.ts";
import { auditChainsHold, checkAuditChainsHold } from "./audit-chains-hold.ts";
import { checkClosedMonthsStand, closedMonthsStand } from "./closed-months-stand.ts";
import { checkCloudWatchAgrees, cloudWatchAgrees } from "./cloudwatch-agrees.ts";
import { checkEntriesRecompute, entriesRecompute } from "./entries-recompute.ts";
import { type CheckDefinition, type CheckReport, Findings } from "./findings.ts";
import { HoldsResolve, holdsResolve } from "./holds-resolve.ts";
import { checkLogAgrees, logAgrees } from "./log-agrees.ts";
import { checkMemoryAgrees, memoryAgrees } from "./memory-agrees.ts";
import { checkProbeIsAccounted, probeIsAccounted } from "./probe-is-accounted.ts";
import { checkRollUpsAgree, rollUpsAgree } from "./roll-ups-agree.ts";
import { clockSkewMs, type VerifyParts, type VerifyScope } from "./verify-parts.ts";
import { checkWitnessAgrees, witnessAgrees } from "./witness-agrees.ts";

/** Which books to look at. */
export type VerifyRequest = Pick<VerifyScope, "tenants" | "isWhole" | "month">;

export interface BooksReport {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The stretch of arrivals that was looked at, where no month was asked for. */
  readonly startMs: number;
  readonly endMs: number;
  readonly checks: readonly CheckReport[];
}

/**
 * Reads everything and writes nothing, unless a probe is to call; traffic may run meanwhile. Entries are read as a stream, once for each check
 * that needs them; accounts of calendar windows are kept in memory, those of minutes are not. A check that cannot be
 * finished says why, and the others are still made.
 */
export async function verifyBooks(request: VerifyRequest, parts: VerifyParts): Promise<BooksReport> {
  const startedAtMs = parts.clock.now();
  const { probe } = parts;
  // First, so that the other checks look at its call too.
  const probed = probe ? [await finish(probeIsAccounted, () => checkProbeIsAccounted(probe, parts))] : [];
  const addUp = new AccountsAddUp(parts);
  const holds = new HoldsResolve(parts);
  const windowed: Account[] = [];
  const failure = await failureOf(async () => {
    for await (const account of parts.accountListing.list()) {
      if (isWanted(account, request)) {
        await addUp.look(account);
        holds.look(account);
        if (account.window && account.window.kind !== "minute") {
          windowed.push(account);
        }
      }
    }
  });
  const scope: VerifyScope = {
    ...request,
    startMs: firstInstant(windowed, request.tenants, startedAtMs),
    endMs: startedAtMs + clockSkewMs,
  };
  const ofMonth = windowed.filter((account) => isOfMonth(account, request.month));
  const ofAccounts = (definition: CheckDefinition, work: () => CheckReport | Promise<CheckReport>) =>
    finish(definition, async () => {
      if (failure) {
        throw failure;
      }
      return work();
    });
  const checks = [
    ...probed,
    await ofAccounts(accountsAddUp, () => addUp.report()),
    await ofAccounts(accountsMatchLedger, () => checkAccountsMatchLedger(ofMonth, startedAtMs, scope, parts)),
    await finish(entriesRecompute, () => checkEntriesRecompute(scope, parts)),
    await ofAccounts(holdsResolve, () => holds.report()),
    await finish(logAgrees, () => checkLogAgrees(scope, parts)),
    await finish(closedMonthsStand, () => checkClosedMonthsStand(scope, parts)),
    await finish(auditChainsHold, () => checkAuditChainsHold(scope, parts)),
    await finish(rollUpsAgree, () => checkRollUpsAgree(scope, parts)),
    await finish(cloudWatchAgrees, () => checkCloudWatchAgrees(scope, parts)),
    await finish(witnessAgrees, () => checkWitnessAgrees(scope, parts)),
    await finish(memoryAgrees, () => checkMemoryAgrees(scope, parts)),
  ];
  const { startMs, endMs } = scope;
  return { startedAtMs, endedAtMs: parts.clock.now(), startMs, endMs, checks };
}

async function finish(definition: CheckDefinition, work: () => Promise<CheckReport>): Promise<CheckReport> {
  let report: CheckReport | undefined;
  const failure = await failureOf(async () => {
    report = await work();
  });
  return (
    report ??
    new Findings().report(definition, {
      outcome: "unfinished",
      reason: `${failure?.name ?? "Error"}: ${failure?.message ?? "no answer"}`,
    })
  );
}

async function failureOf(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isWanted({ owner }: Account, { tenants, isWhole }: VerifyRequest): boolean {
  return isWhole || tenants.some(({ id }) => id === owner);
}

/** Weeks belong to the month in which they begin. */
function isOfMonth({ window }: Account, month: string | undefined): boolean {
  if (month === undefined || !window) {
    return true;
  }
  return window.kind === "week"
    ? utcMonths(window.startMs, window.startMs + 1).includes(month)
    : window.label.startsWith(month);
}

/** Nothing can have arrived before: entries come with accounts, and accounts with tenants. */
function firstInstant(accounts: readonly Account[], tenants: readonly Tenant[], nowMs: number): number {
  const starts = [
    ...accounts.flatMap(({ owner, window }) => (window && owner !== platformOwner ? [window.startMs] : [])),
    ...tenants.map(({ createdAtMs }) => createdAtMs),
  ];
  return starts.reduce((least, startMs) => Math.min(least, startMs), nowMs) - clockSkewMs;
}
