/** For the model check: what must be true of the accounts at every instant. */
import type { RequestId } from "@caprock/domain";
import { type Account, heldOn } from "../../account-store.ts";
import type { LedgerEntry } from "../../ledger-store.ts";
import type { AccountLimit } from "../../limits.ts";
import type { MemoryAccountStore } from "../memory-account-store.ts";
import type { MemoryLedgerStore } from "../memory-ledger-store.ts";

export class Books {
  private readonly accounts: MemoryAccountStore;
  private readonly ledger: MemoryLedgerStore;
  private readonly finals = new Map<RequestId, LedgerEntry>();
  /** Every state that each account has been in, and at which check it was first seen. */
  private readonly states = new Map<string, { readonly sinceCheck: number; readonly account: Account }[]>();
  private checks = 0;

  constructor(accounts: MemoryAccountStore, ledger: MemoryLedgerStore) {
    this.accounts = accounts;
    this.ledger = ledger;
  }

  /**
   * Throws unless every account adds up, and nothing was taken that was not there: only lowering its limit may bring
   * an account below zero, or further below it.
   */
  check(): void {
    this.checks += 1;
    this.checkLedger();
    for (const account of this.accounts.all()) {
      const { accountId, available, settled, limit } = account;
      const states = this.states.get(accountId) ?? [];
      const before = states.at(-1)?.account;
      if (before === account) {
        continue;
      }
      this.states.set(accountId, [...states, { sinceCheck: this.checks, account }]);
      if (available + settled + heldOn(account) !== limit) {
        throw new Error(`${accountId}: ${available} + ${settled} + ${heldOn(account)} is not ${limit}.`);
      }
      const lowered = before !== undefined && limit < before.limit;
      const floor = before !== undefined && before.available < 0n ? before.available : 0n;
      if (available < floor && !lowered) {
        throw new Error(`${accountId}: ${settled} settled and ${heldOn(account)} held pass ${limit}.`);
      }
      const { limitVersion } = account;
      if (
        before &&
        (limitVersion < before.limitVersion ||
          (limitVersion === before.limitVersion && limit !== before.limit))
      ) {
        throw new Error(`${accountId}: limit version ${before.limitVersion} was undone by ${limitVersion}.`);
      }
      if (settled < (before?.settled ?? 0n)) {
        throw new Error(`${accountId}: ${before?.settled} settled became ${settled}.`);
      }
    }
  }

  /** A final entry never changes. */
  private checkLedger(): void {
    for (const entry of this.ledger.all()) {
      const before = this.finals.get(entry.requestId);
      if (
        before &&
        before !== entry &&
        (before.costNanoUsd !== entry.costNanoUsd || before.status !== entry.status)
      ) {
        throw new Error(`The final entry of ${entry.requestId} was changed.`);
      }
      if (!entry.estimated) {
        this.finals.set(entry.requestId, entry);
      }
    }
  }

  /** How many checks there have been. */
  get checked(): number {
    return this.checks;
  }

  /** The least that was available under a limit between a check and now, as it would be once the account has it. */
  leastAvailable({ accountId, amount, version }: AccountLimit, sinceCheck: number): bigint {
    const states = this.states.get(accountId) ?? [];
    const first = states.findLastIndex((state) => state.sinceCheck <= sinceCheck);
    const figures = states
      .slice(Math.max(0, first))
      .map(({ account: { available, limit, limitVersion } }) =>
        limitVersion < version ? available + amount - limit : available,
      );
    if (first < 0) {
      figures.push(amount);
    }
    return figures.reduce((least, figure) => {
      if (figure < least) {
        return figure;
      }
      return least;
    });
  }
}
