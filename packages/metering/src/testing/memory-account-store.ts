/** For tests: accounts in memory, with every promise that DynamoDB's keep. */
import {
  type Account,
  type AccountStore,
  type GrantChange,
  type GrantOutcome,
  type HeldAmount,
  type Hold,
  type HoldOutcome,
  mostOpenHolds,
  type NewHold,
} from "../account-store.ts";
import { freedBy, isMade, isStillToMake, takenBy } from "../grant-change.ts";
import type { AccountLimit } from "../limits.ts";

export class MemoryAccountStore implements AccountStore {
  private readonly accounts = new Map<string, Account>();

  async hold(limit: AccountLimit, { requestId, ...rest }: NewHold): Promise<HoldOutcome> {
    const hold: Hold = { requestId, ...rest, state: "held" };
    const standing = this.accounts.get(limit.accountId);
    if (standing?.holds.some((open) => open.requestId === requestId)) {
      return { held: true, available: standing.available };
    }
    this.takeOver(limit);
    const account = this.accounts.get(limit.accountId);
    const isFull = account !== undefined && account.holds.length + account.grants.length >= mostOpenHolds;
    if (isFull || (account?.available ?? limit.amount) < hold.amount) {
      return { held: false, account };
    }
    const before = account ?? newAccount(limit);
    const available = before.available - hold.amount;
    this.put({
      ...before,
      available,
      holds: [...before.holds, hold],
      sweepAtMs: Math.min(before.sweepAtMs ?? hold.expiresAtMs, hold.expiresAtMs),
    });
    return { held: true, available };
  }

  async settle(
    accountId: string,
    { requestId, amount, expiresAtMs }: HeldAmount,
    used: bigint,
  ): Promise<void> {
    const account = this.accounts.get(accountId);
    const hold = account?.holds.find(
      (open) =>
        open.requestId === requestId &&
        open.amount === amount &&
        (expiresAtMs === undefined || open.expiresAtMs === expiresAtMs),
    );
    if (account && hold) {
      this.put({
        ...account,
        available: account.available + amount - used,
        settled: account.settled + used,
        holds: account.holds.filter((open) => open !== hold),
      });
    }
  }

  async extend(accountId: string, { requestId, amount }: HeldAmount, more: bigint): Promise<boolean> {
    const account = this.accounts.get(accountId);
    const hold = account?.holds.find((open) => open.requestId === requestId);
    if (account && hold?.amount === amount && account.available >= more) {
      const extended = { ...hold, amount: amount + more };
      this.put({
        ...account,
        available: account.available - more,
        holds: account.holds.map((open) => (open === hold ? extended : open)),
      });
      return true;
    }
    return more > 0n && hold?.amount === amount + more;
  }

  async keep(
    accountId: string,
    { requestId, amount }: HeldAmount,
    kept: Pick<Hold, "amount" | "expiresAtMs">,
  ): Promise<void> {
    const account = this.accounts.get(accountId);
    const hold = account?.holds.find(
      (open) => open.requestId === requestId && open.amount === amount && open.state === "held",
    );
    if (account && hold) {
      const { amount: keptAmount, expiresAtMs } = kept;
      const left: Hold = { ...hold, amount: keptAmount, expiresAtMs, state: "unresolved" };
      this.put({
        ...account,
        available: account.available + amount - keptAmount,
        holds: account.holds.map((open) => (open === hold ? left : open)),
        sweepAtMs: expiresAtMs,
      });
    }
  }

  async changeGrant(limit: AccountLimit, change: GrantChange): Promise<GrantOutcome> {
    const standing = this.accounts.get(limit.accountId);
    if (!isStillToMake(standing, change)) {
      return standing && isMade(standing, change) ? done(standing) : { done: false, account: standing };
    }
    const { from, to, used, kept } = change;
    const taken = takenBy(change);
    if (taken > 0n) {
      this.takeOver(limit);
    }
    const account = this.accounts.get(limit.accountId);
    if (taken > 0n && taken > (account?.available ?? limit.amount)) {
      return { done: false, account };
    }
    const before = account ?? newAccount(limit);
    const soonest = Math.min(before.sweepAtMs ?? Number.POSITIVE_INFINITY, (to ?? from)?.expiresAtMs ?? 0);
    const keptIds = new Set(kept.map(({ requestId }) => requestId));
    const after: Account = {
      ...before,
      available: before.available + freedBy(change),
      settled: before.settled + used,
      holds: [...before.holds.filter(({ requestId }) => !keptIds.has(requestId)), ...kept],
      grants: [...before.grants.filter(({ id }) => id !== (to ?? from)?.id), ...(to ? [to] : [])],
      sweepAtMs: kept[0]?.expiresAtMs ?? (to ? soonest : (before.sweepAtMs ?? soonest)),
    };
    this.put(after);
    return done(after);
  }

  async applyLimit(limit: AccountLimit): Promise<void> {
    this.takeOver(limit);
  }

  async read(accountId: string): Promise<Account | undefined> {
    return this.accounts.get(accountId);
  }

  async *due(nowMs: number): AsyncIterable<string> {
    const due = this.all().filter(({ sweepAtMs }) => sweepAtMs !== undefined && sweepAtMs <= nowMs);
    yield* due.map(({ accountId }) => accountId);
  }

  async schedule(
    { accountId, sweepAtMs: seen }: Pick<Account, "accountId" | "sweepAtMs">,
    sweepAtMs: number | undefined,
  ): Promise<void> {
    const account = this.accounts.get(accountId);
    const isOpen = account !== undefined && account.holds.length + account.grants.length > 0;
    if (account && (sweepAtMs === undefined ? !isOpen : isOpen && account.sweepAtMs === seen)) {
      this.put({ ...account, sweepAtMs });
    }
  }

  /** Every account that exists, for a test to look at. */
  all(): readonly Account[] {
    return [...this.accounts.values()];
  }

  private takeOver({ accountId, amount, version }: AccountLimit): void {
    const account = this.accounts.get(accountId);
    if (account && account.limitVersion < version) {
      const available = account.available + amount - account.limit;
      this.put({ ...account, available, limit: amount, limitVersion: version });
    }
  }

  private put(account: Account): void {
    this.accounts.set(account.accountId, account);
  }
}

function newAccount({
  accountId,
  owner,
  scope,
  of: part,
  unit,
  window,
  amount,
  version,
}: AccountLimit): Account {
  return {
    accountId,
    owner,
    scope,
    ...(part === undefined ? {} : { of: part }),
    unit,
    ...(window === undefined ? {} : { window }),
    limit: amount,
    limitVersion: version,
    available: amount,
    settled: 0n,
    holds: [],
    grants: [],
    sweepAtMs: undefined,
  };
}

function done({ available, limitVersion }: Account): GrantOutcome {
  return { done: true, available, limitVersion };
}
