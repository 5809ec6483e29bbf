/** What is still open, so that a call may have been served and not be in the ledger yet. */
import type { TenantId } from "@caprock/domain";
import type { Account } from "../account-store.ts";
import { platformOwner } from "../limits.ts";
import type { VerifyParts } from "./verify-parts.ts";

/** The ids of holds and grants that are open on any account of the tenant, or of the platform. */
export async function openIdsOf(
  tenantId: TenantId,
  { accountListing }: Pick<VerifyParts, "accountListing">,
): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  const isConcerned = ({ owner }: Account) => owner === tenantId || owner === platformOwner;
  for await (const account of accountListing.list()) {
    for (const id of isConcerned(account)
      ? [...account.holds.map(({ requestId }) => requestId), ...account.grants.map((grant) => grant.id)]
      : []) {
      open.add(id);
    }
  }
  return open;
}
