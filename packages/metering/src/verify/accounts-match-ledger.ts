/** Check: what accounts have settled is what the ledger's entries come to. */
import type { Tenant, TenantId } from "@caprock/domain";
import type { Account } from "../account-store.ts";
import { monthlyCap, platformOwner } from "../limits.ts";
import { type Window, windowAt } from "../windows.ts";
import { differenceText, explainAccount, judgeAccount } from "./account-judgement.ts";
import { AccountTally, TallyIndex } from "./account-tally.ts";
import { entryRange } from "./entry-range.ts";
import { type CheckDefinition, type CheckReport, Findings } from "./findings.ts";
import {
  type AccountOwner,
  rereadPauseMs,
  rereads,
  type VerifyParts,
  type VerifyScope,
} from "./verify-parts.ts";

export const accountsMatchLedger: CheckDefinition = {
  id: "accounts-match-ledger",
  promise:
    "Every account of a day, week or month has settled exactly what the ledger entries that count to it come to, each once; and every tenant's month with entries has the account of its cap.",
  method:
    "The entries are summed by account. An entry whose call still holds on the account, or whose process has not told the account of it yet, is open and not expected there. An account that differs is read again, before and after its entries are listed again, up to three times: while calls run, both move. If the account stood still, its sum must be exact; if it moved, entries settled within ten minutes of the reading may be on either side, because clocks differ. Where limits were edited within the window, an account may have counted for a part of it only, and must not have settled more than the ledger has; the caps of months always count. Request counts may be higher than the entries: a call that vanished counts as a request.",
};

type Parts = Pick<VerifyParts, "accounts" | "ledger" | "historyOf" | "clock" | "pause">;

interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

/** `accounts` are those of calendar windows within the scope, as they were read since `readAtMs`. */
export async function checkAccountsMatchLedger(
  accounts: readonly Account[],
  readAtMs: number,
  scope: VerifyScope,
  parts: Parts,
): Promise<CheckReport> {
  const findings = new Findings();
  findings.lookedAt("accounts", accounts.length);
  const tallyOwned = async (owner: AccountOwner) => {
    const history = await parts.historyOf(owner);
    const owned = accounts.filter((account) => account.owner === owner);
    return owned.map((account) => new AccountTally(account, readAtMs, history));
  };
  const platform = await tallyOwned(platformOwner);
  for (const tenant of scope.tenants) {
    const own = await tallyOwned(tenant.id);
    const index = new TallyIndex([...own, ...platform]);
    const months = new MonthsOfEntries(tenant);
    for await (const entry of parts.ledger.list(
      tenant.id,
      spanOf([...own, ...platform], entryRange(tenant, scope)),
    )) {
      findings.lookedAt("entries");
      index.add(entry);
      months.look(entry.arrivedAtMs);
    }
    await findMissingCaps(tenant, months, parts, findings);
    await readAgain(await suspectsAmong(own, parts, findings), [tenant.id], parts, findings);
  }
  const tenantIds = scope.tenants.map(({ id }) => id);
  await readAgain(await suspectsAmong(platform, parts, findings), tenantIds, parts, findings);
  const known = new Set<string>([platformOwner, ...tenantIds]);
  for (const { accountId } of accounts.filter(({ owner }) => !known.has(owner))) {
    findings.remark("accounts not compared: their tenant was not known when this began", accountId);
  }
  return findings.report(accountsMatchLedger);
}

async function findMissingCaps(
  tenant: Tenant,
  months: MonthsOfEntries,
  { accounts }: Parts,
  findings: Findings,
): Promise<void> {
  for (const { startMs, label } of months.seen) {
    const { accountId } = monthlyCap(tenant, startMs);
    if (!(await accounts.read(accountId))) {
      findings.offend(accountId, `is not there, and ${label} has entries`);
    }
  }
}

/** Accounts that do not match at once. */
async function suspectsAmong(
  tallies: readonly AccountTally[],
  parts: Parts,
  findings: Findings,
): Promise<readonly Account[]> {
  const suspects: Account[] = [];
  for (const tally of tallies) {
    const history = await parts.historyOf(tally.account.owner);
    if (judgeAccount(tally, false, history)) {
      suspects.push(tally.account);
    } else {
      explainAccount(tally, false, history, findings);
    }
  }
  return suspects;
}

async function readAgain(
  suspects: readonly Account[],
  tenantIds: readonly TenantId[],
  parts: Parts,
  findings: Findings,
): Promise<void> {
  let left = suspects;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    if (attempt > 1) {
      await parts.pause(rereadPauseMs);
    }
    const still: Account[] = [];
    for (const { tally, moved } of await tallyAnew(left, tenantIds, parts)) {
      const history = await parts.historyOf(tally.account.owner);
      const difference = judgeAccount(tally, moved, history);
      if (!difference) {
        explainAccount(tally, moved, history, findings);
      } else if (attempt < rereads) {
        still.push(tally.account);
      } else {
        findings.offend(tally.account.accountId, differenceText(tally, difference, moved));
      }
    }
    left = still;
  }
}

/** Reads accounts, their entries, and the accounts again. */
async function tallyAnew(
  suspects: readonly Account[],
  tenantIds: readonly TenantId[],
  { accounts, ledger, clock, historyOf }: Parts,
): Promise<readonly { readonly tally: AccountTally; readonly moved: boolean }[]> {
  const readAtMs = clock.now();
  const tallies: AccountTally[] = [];
  for (const { accountId, owner } of suspects) {
    const account = await accounts.read(accountId);
    if (account) {
      tallies.push(new AccountTally(account, readAtMs, await historyOf(owner)));
    }
  }
  const index = new TallyIndex(tallies);
  for (const tenantId of tallies.length === 0 ? [] : tenantIds) {
    for await (const entry of ledger.list(tenantId, spanOf(tallies))) {
      index.add(entry);
    }
  }
  const read: { tally: AccountTally; moved: boolean }[] = [];
  for (const tally of tallies) {
    const after = await accounts.read(tally.account.accountId);
    read.push({ tally, moved: !after || stateOf(after) !== stateOf(tally.account) });
  }
  return read;
}

/** What of an account changes when an entry is settled on it, or waits to be. */
function stateOf({ settled, holds, grants }: Account): string {
  const open = [
    ...holds.map(({ requestId }) => requestId),
    ...grants.map(({ id, changes }) => `${id} ${changes}`),
  ];
  return [settled, ...open.sort()].join(" ");
}

/** The months of a tenant in which calls arrived; entries come in order. */
class MonthsOfEntries {
  readonly seen: Window[] = [];
  private readonly tenant: Tenant;

  constructor(tenant: Tenant) {
    this.tenant = tenant;
  }

  look(arrivedAtMs: number): void {
    if (!this.seen.some(({ startMs, endMs }) => startMs <= arrivedAtMs && arrivedAtMs < endMs)) {
      this.seen.push(windowAt("month", arrivedAtMs, this.tenant.timeZone));
    }
  }
}

/** From the first to the last instant of the accounts' windows, and of a range. */
function spanOf(tallies: readonly AccountTally[], range?: Range): Range {
  const windows = tallies.flatMap(({ account: { window } }) => (window ? [window] : []));
  const ranges = [...windows, ...(range ? [range] : [])];
  return {
    startMs: ranges.reduce((least, { startMs }) => Math.min(least, startMs), Number.MAX_SAFE_INTEGER),
    endMs: ranges.reduce((most, { endMs }) => Math.max(most, endMs), 0),
  };
}
