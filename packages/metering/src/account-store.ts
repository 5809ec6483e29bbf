/** Port: accounts, the one place where limits are enforced. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { AccountUnit, Limit } from "./limits.ts";

/** An open hold: money or requests set aside for a call whose cost is not known yet. */
export interface Hold {
  readonly requestId: RequestId;
  readonly amount: bigint;
  /** When the hold counts as abandoned, or, if unresolved, since when its true cost is being looked for. */
  readonly expiresAtMs: number;
  /** `unresolved`: the call ended without telling its cost. It still counts against the limit. */
  readonly state: "held" | "unresolved";
}

export interface Account {
  readonly accountId: string;
  readonly tenantId: TenantId;
  readonly unit: AccountUnit;
  readonly limit: bigint;
  /** limit - settled - the sum of the open holds; negative after the limit was lowered below what was used. */
  readonly available: bigint;
  readonly settled: bigint;
  readonly holds: readonly Hold[];
  /** When the account is to be looked at for due holds; undefined when it has none to look for. */
  readonly sweepAtMs: number | undefined;
}

export type HoldOutcome =
  | { readonly held: true }
  | { readonly held: false; readonly account: Account | undefined };

/**
 * Every method is one conditional write on one item, so that any number of processes may call it at once;
 * `hold`, `settle` and `keep` may be repeated with the same request without changing anything more.
 */
export interface AccountStore {
  /**
   * Sets `amount` aside if it is available. The account comes into being with its first hold, and takes over
   * a newer version of the limit.
   */
  hold(limit: Limit, hold: Pick<Hold, "requestId" | "amount" | "expiresAtMs">): Promise<HoldOutcome>;
  /** Replaces a hold by what was really used, and gives the rest back. Zero releases it. */
  settle(accountId: string, hold: Pick<Hold, "requestId" | "amount">, used: bigint): Promise<void>;
  /** Keeps `amount` of a hold set aside as unresolved, and gives the rest back. */
  keep(
    accountId: string,
    hold: Pick<Hold, "requestId" | "amount">,
    kept: Pick<Hold, "amount" | "expiresAtMs">,
  ): Promise<void>;
  /** Brings an existing account to a newer version of its limit; does nothing to an older one. */
  applyLimit(limit: Limit): Promise<void>;
  read(accountId: string): Promise<Account | undefined>;
  /** Ids of accounts with open holds that may be due by `nowMs`. */
  due(nowMs: number): AsyncIterable<string>;
  /**
   * After a sweep of `account` as it was read: look at it again at `sweepAtMs`, or, if it has no hold left, not
   * again. Does nothing when another asked meanwhile for it to be looked at.
   */
  schedule(account: Pick<Account, "accountId" | "sweepAtMs">, sweepAtMs: number | undefined): Promise<void>;
}

/** The sum of an account's open holds. */
export function heldOn(account: Account): bigint {
  return account.holds.reduce((sum, hold) => sum + hold.amount, 0n);
}
