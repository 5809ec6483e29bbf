/** Port: accounts, the one place where limits are enforced. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { AccountLimit } from "./limits.ts";

/** An open hold: what is set aside for one call whose cost is not known yet. */
export interface Hold {
  readonly requestId: RequestId;
  /** Whose call it is; on an account of the platform it may be anyone's. */
  readonly tenantId: TenantId;
  readonly amount: bigint;
  /** When the hold counts as abandoned, or, if unresolved, since when its true cost is being looked for. */
  readonly expiresAtMs: number;
  /** `unresolved`: the call ended without telling its cost. It still counts against the limit. */
  readonly state: "held" | "unresolved";
}

/**
 * Names the process that a grant was given to, for as long as it lives. Looks like a request id, so that what a
 * dead process's grant leaves open can be treated like a hold.
 */
export type GrantId = RequestId;

/** What is set aside for all the calls that one process lets through from memory. */
export interface Grant {
  readonly id: GrantId;
  /** What the process may still spend of it, calls in flight included. */
  readonly amount: bigint;
  /** How often the process has changed it: tells a lost answer from a lost write. */
  readonly changes: number;
  /** The last batch of the process's ledger entries that is settled here. */
  readonly batch: number;
  /** When the process last changed it: what it had settled by then, it had told. */
  readonly writtenAtMs: number;
  /** When the process counts as dead, if it has not renewed the grant by then. */
  readonly expiresAtMs: number;
}

/** A hold as it is asked for. */
export type NewHold = Omit<Hold, "state">;

/**
 * What a settlement needs to know of a hold. With `expiresAtMs` it settles no other hold of the same call: one that the
 * call made later, after it had given this one back.
 */
export type HeldAmount = Pick<Hold, "requestId" | "amount"> & Partial<Pick<Hold, "expiresAtMs">>;

export interface Account extends Omit<AccountLimit, "amount" | "version"> {
  readonly limit: bigint;
  readonly limitVersion: number;
  /** limit - settled - the sum of open holds and grants; negative after the limit was lowered below that. */
  readonly available: bigint;
  readonly settled: bigint;
  readonly holds: readonly Hold[];
  readonly grants: readonly Grant[];
  /** When the account is to be looked at for what is due; undefined when there is nothing to look for. */
  readonly sweepAtMs: number | undefined;
}

export type HoldOutcome =
  | { readonly held: true; readonly available: bigint }
  | { readonly held: false; readonly account: Account | undefined };

/** One change of a grant: all of it happens, or nothing. */
export interface GrantChange {
  /** The grant as the process knows it; undefined for a new one. */
  readonly from: Grant | undefined;
  /** The grant as it is to be; undefined gives it back whole. */
  readonly to: Grant | undefined;
  /** What calls of the grant have really used; posted as settled. */
  readonly used: bigint;
  /** Calls of the grant that get a hold of their own, because their cost is not known yet. */
  readonly kept: readonly Hold[];
}

export type GrantOutcome =
  | { readonly done: true; readonly available: bigint; readonly limitVersion: number }
  /** Not enough is available, or the grant is not what the process believes. */
  | { readonly done: false; readonly account: Account | undefined };

/**
 * Every method is one conditional write on one item, so that any number of processes may call it at once;
 * `hold`, `settle`, `extend`, `keep` and `changeGrant` may be repeated without changing anything more.
 */
export interface AccountStore {
  /**
   * Sets `amount` aside if it is available, and the account has not `mostOpenHolds` already. The account comes into being with its first hold, and takes over
   * a newer version of the limit.
   */
  hold(limit: AccountLimit, hold: NewHold): Promise<HoldOutcome>;
  /** Replaces a hold by what was really used, and gives the rest back. Zero releases it. */
  settle(accountId: string, hold: HeldAmount, used: bigint): Promise<void>;
  /** Sets `more` aside for a call that holds already, if it is available; false if not. */
  extend(accountId: string, hold: HeldAmount, more: bigint): Promise<boolean>;
  /** Keeps `amount` of a hold set aside as unresolved, and gives the rest back. */
  keep(accountId: string, hold: HeldAmount, kept: Pick<Hold, "amount" | "expiresAtMs">): Promise<void>;
  /**
   * Changes a grant, posts what was used of it and gives calls of it holds of their own, in one write. What it
   * grows by must be available. The account comes into being with its first grant.
   */
  changeGrant(limit: AccountLimit, change: GrantChange): Promise<GrantOutcome>;
  /** Brings an existing account to a newer version of its limit; does nothing to an older one. */
  applyLimit(limit: AccountLimit): Promise<void>;
  read(accountId: string): Promise<Account | undefined>;
  /** Ids of accounts with open holds or grants that may be due by `nowMs`. */
  due(nowMs: number): AsyncIterable<string>;
  /**
   * After a sweep of `account` as it was read: look at it again at `sweepAtMs`, or, if it has nothing open left,
   * not again. Does nothing when another asked meanwhile for it to be looked at.
   */
  schedule(account: Pick<Account, "accountId" | "sweepAtMs">, sweepAtMs: number | undefined): Promise<void>;
}

/** The limit of an account, as it stands there. */
export function limitOfAccount(account: Account): AccountLimit {
  return { ...account, amount: account.limit, version: account.limitVersion };
}

/** Holds that an account can have at once: an item is limited to 400 KB, and a hold takes some 150 bytes. */
export const mostOpenHolds = 2_000;

/** The sum of an account's open holds and grants. */
export function heldOn({ holds, grants }: Pick<Account, "holds" | "grants">): bigint {
  return [...holds, ...grants].reduce((sum, { amount }) => sum + amount, 0n);
}
