/** Looks at every account again and again while everything goes on: none may ever have more settled and held than its limit. */
import type { AccountItem } from "../../platform/account-items.ts";
import type { Chronicle } from "./chronicle.ts";

export class Sampler {
  private readonly chronicle: Chronicle;
  private readonly seen = new Map<string, AccountItem>();

  constructor(chronicle: Chronicle) {
    this.chronicle = chronicle;
  }

  look(accounts: readonly AccountItem[]): void {
    this.chronicle.count("samples", "rounds");
    this.chronicle.count("samples", "accounts", accounts.length);
    for (const account of accounts) {
      this.check(account, this.seen.get(account.accountId));
      this.seen.set(account.accountId, account);
    }
  }

  private check(account: AccountItem, before: AccountItem | undefined): void {
    const { accountId, available, settled, held, limit, limitVersion } = account;
    if (available + settled + held !== limit) {
      this.chronicle.violated(
        `${accountId}: ${available} + ${settled} + ${held} is not ${limit}.`,
        account.open,
      );
    }
    // Nothing but a lowered limit may bring an account below zero, or further below it.
    const wasEdited = before === undefined ? limitVersion % 1_000 > 0 : before.limitVersion !== limitVersion;
    const floor = before !== undefined && before.available < 0n ? before.available : 0n;
    if (available < floor && !wasEdited) {
      this.chronicle.violated(
        `${accountId}: ${settled} settled and ${held} held pass ${limit}.`,
        account.open,
      );
    }
    if (available < 0n) {
      this.chronicle.count("samples", "accounts below zero after their limit was lowered");
    }
    if (before && settled < before.settled) {
      this.chronicle.violated(`${accountId}: ${before.settled} settled became ${settled}.`);
    }
  }
}
