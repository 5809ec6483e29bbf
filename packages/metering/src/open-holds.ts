/** Finds what is set aside, on whichever account of an owner, for an operator who looks into it. */
import type { Account, AccountStore, Hold } from "./account-store.ts";

/** One open hold on one account: a call has one on each account that binds it. */
export interface OpenHold {
  readonly account: Account;
  readonly hold: Hold;
}

/** Later than any account is to be looked at, and still exact as DynamoDB's number and as JavaScript's. */
const everMs = Number.MAX_SAFE_INTEGER;

/**
 * The open holds on every account of the owners, what dead processes' grants left open included; the oldest call
 * first. Reads the list of all open accounts, so it is for an operator and not for a call. That list is an index: an
 * account that got its first open hold within the last second may be missing.
 */
export async function openHolds(
  owners: readonly Account["owner"][],
  accounts: Pick<AccountStore, "due" | "read">,
): Promise<readonly OpenHold[]> {
  const open: OpenHold[] = [];
  for await (const accountId of accounts.due(everMs)) {
    if (!owners.some((owner) => accountId.startsWith(`${owner}#`))) {
      continue;
    }
    const account = await accounts.read(accountId);
    if (account) {
      open.push(...account.holds.map((hold) => ({ account, hold })));
    }
  }
  return open.sort((a, b) => compare(a.hold.requestId, b.hold.requestId) || compare(idOf(a), idOf(b)));
}

function idOf({ account }: OpenHold): string {
  return account.accountId;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
