/** What a change of a grant does to its account, and whether it has been done. */
import type { Account, Grant, GrantChange } from "./account-store.ts";

/** What the change gives back to the account; negative when it takes. */
export function freedBy({ from, to, used, kept }: GrantChange): bigint {
  const keptAmount = kept.reduce((sum, { amount }) => sum + amount, 0n);
  return (from?.amount ?? 0n) - (to?.amount ?? 0n) - used - keptAmount;
}

/** What must be available for the change. A grant that ends takes nothing: what its calls used is owed in any case. */
export function takenBy(change: GrantChange): bigint {
  const freed = freedBy(change);
  return change.to !== undefined && freed < 0n ? -freed : 0n;
}

/** Whether the account shows that a change has been made, whose answer was lost. */
export function isMade(account: Account | undefined, { from, to }: GrantChange): boolean {
  const standing = grantOn(account, (to ?? from)?.id);
  return to ? standing?.changes === to.changes : standing === undefined;
}

/** Whether the account still has the grant as the change begins with it. */
export function isStillToMake(account: Account | undefined, { from, to }: GrantChange): boolean {
  const standing = grantOn(account, (from ?? to)?.id);
  return standing?.changes === from?.changes;
}

function grantOn(account: Account | undefined, id: string | undefined): Grant | undefined {
  return account?.grants.find((grant) => grant.id === id);
}
