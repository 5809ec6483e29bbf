/** Adds up what the ledger says an account should have settled. */
import type { RequestId } from "@caprock/domain";
import type { Account } from "../account-store.ts";
import { usedOf } from "../admission.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { platformOwner } from "../limits.ts";
import { isCountedBy } from "../resolve-grants.ts";
import { clockSkewMs, type LimitHistory } from "./verify-parts.ts";

interface Part {
  amount: bigint;
  entries: number;
}

/**
 * An account as it was read at an instant, and the entries that count to it, which were listed later. The ledger is
 * written before the account, so each entry that the account has settled is among those listed; of the others it
 * has to be told why they are not settled yet.
 */
export class AccountTally {
  readonly account: Account;
  /** Entries that must be settled on the account as it was read. */
  readonly settled: Part = { amount: 0n, entries: 0 };
  /** Entries whose call still has a hold there, or whose grant's process has not told of them yet. */
  readonly open: Part = { amount: 0n, entries: 0 };
  /**
   * Entries that may have been settled before or after the account was read: clocks differ. Where the account stood
   * still meanwhile, they are settled.
   */
  readonly recent: Part = { amount: 0n, entries: 0 };
  /** Entries of calls whose hold an operator gave back before they became known: here it was not settled. */
  readonly released: Part = { amount: 0n, entries: 0 };
  private readonly recentFromMs: number;
  private readonly givenBack: ReadonlySet<RequestId>;
  private readonly holding: ReadonlySet<RequestId>;
  private readonly batchOfGrant: ReadonlyMap<string, number>;

  constructor(account: Account, readAtMs: number, { released }: Pick<LimitHistory, "released">) {
    this.account = account;
    this.recentFromMs = readAtMs - clockSkewMs;
    this.givenBack = released;
    this.holding = new Set(account.holds.map(({ requestId }) => requestId));
    this.batchOfGrant = new Map(account.grants.map(({ id, batch }) => [id, batch]));
  }

  /** Whether the entry counts to the account. Made-up calls never counted to the platform's. */
  counts(entry: LedgerEntry): boolean {
    return isCountedBy(this.account, entry) && !(entry.simulated && this.account.owner === platformOwner);
  }

  add(entry: LedgerEntry): void {
    const part = this.isOpen(entry)
      ? this.open
      : this.givenBack.has(entry.requestId)
        ? this.released
        : entry.settledAtMs >= this.recentFromMs
          ? this.recent
          : this.settled;
    part.amount += usedOf(this.account.unit, entry);
    part.entries += 1;
  }

  private isOpen({ requestId, grant }: LedgerEntry): boolean {
    return (
      this.holding.has(requestId) ||
      (grant !== undefined && grant.batch > (this.batchOfGrant.get(grant.id) ?? Number.POSITIVE_INFINITY))
    );
  }
}

const dayMs = 24 * 3_600_000;

/** Finds the accounts that an entry counts to among many, by the days that their windows touch. */
export class TallyIndex {
  private readonly byDay = new Map<number, AccountTally[]>();

  constructor(tallies: Iterable<AccountTally>) {
    for (const tally of tallies) {
      const { startMs = 0, endMs = 0 } = tally.account.window ?? {};
      for (let day = Math.floor(startMs / dayMs); day * dayMs < endMs; day += 1) {
        const ofDay = this.byDay.get(day) ?? [];
        ofDay.push(tally);
        this.byDay.set(day, ofDay);
      }
    }
  }

  add(entry: LedgerEntry): void {
    for (const tally of this.byDay.get(Math.floor(entry.arrivedAtMs / dayMs)) ?? []) {
      if (tally.counts(entry)) {
        tally.add(entry);
      }
    }
  }
}
