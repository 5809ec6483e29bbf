/** Parts of the accounts' conditional writes that more than one of them needs. */
import { type Account, mostOpenHolds } from "../account-store.ts";
import type { AccountLimit } from "../limits.ts";

/** The one partition of the index of accounts that have something open. */
export const openGroup = "open";
const keepClosedMinutesMs = 2 * 24 * 3_600_000;

interface Expression {
  readonly set: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Brings an account into being where it does not exist, and marks it as having something open. `:used` is added
 * to what is settled. `sweepAtMs` is when to look at it: `isSoonest` replaces what is there, which stays otherwise.
 */
export function openAccount(limit: AccountLimit, sweepAtMs: number, isSoonest = false): Expression {
  const { of: part, window } = limit;
  const sets = [
    "allowance = if_not_exists(allowance, :limit)",
    "allowanceVersion = if_not_exists(allowanceVersion, :version)",
    "settled = if_not_exists(settled, :zero) + :used",
    "tenantId = :tenant",
    "boundScope = :scope",
    "#unit = :unit",
    "sweepGroup = :open",
    isSoonest ? "sweepAtMs = :sweepAt" : "sweepAtMs = if_not_exists(sweepAtMs, :sweepAt)",
    ...(part === undefined ? [] : ["boundPart = :part"]),
    ...(window ? ["#window = :window"] : []),
    ...(window?.kind === "minute" ? ["deleteAfterSeconds = :deleteAfter"] : []),
  ];
  return {
    set: sets.join(", "),
    names: { "#unit": "unit", ...(window ? { "#window": "window" } : {}) },
    values: {
      ":limit": limit.amount,
      ":version": limit.version,
      ":zero": 0,
      ":used": 0n,
      ":tenant": limit.owner,
      ":scope": limit.scope,
      ":unit": limit.unit,
      ":open": openGroup,
      ":sweepAt": sweepAtMs,
      ...(part === undefined ? {} : { ":part": part }),
      ...(window ? { ":window": window } : {}),
      ...(window?.kind === "minute"
        ? { ":deleteAfter": Math.ceil((window.endMs + keepClosedMinutesMs) / 1000) }
        : {}),
    },
  };
}

/** Whether a hold of `amount` that did not fit may fit once the account has taken over the limit, or as it is now. */
export function mayFitNow(limit: AccountLimit, amount: bigint, account: Account | undefined): boolean {
  if (account && account.holds.length + account.grants.length >= mostOpenHolds) {
    return false;
  }
  return account
    ? account.limitVersion < limit.version || account.available >= amount
    : amount <= limit.amount;
}
