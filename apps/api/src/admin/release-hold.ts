/** Gives back what a call has left unresolved, on every account that holds for it. */
import { type Refusal, type RequestId, refusal } from "@caprock/domain";
import { type OpenHold, openHolds, platformOwner } from "@caprock/metering";
import { type AuditChain, type ChangeParts, recordChange } from "@caprock/tenancy";
import type { AdminParts } from "./admin-parts.ts";

/**
 * Releases a call's unresolved holds on the owner's accounts and, of a tenant's call, on the platform's. One entry of
 * the owner's chain tells of them all. Refuses with `not_found`, or with `conflict` where the call may still settle
 * them itself. Doing it again releases what a failure in between has left.
 */
export async function releaseHold(
  owner: AuditChain,
  requestId: RequestId,
  parts: Pick<AdminParts, "accounts" | "ledger"> & ChangeParts,
): Promise<readonly OpenHold[] | Refusal> {
  const owners = owner === platformOwner ? [owner] : [owner, platformOwner];
  const found = (await openHolds(owners, parts.accounts)).filter(
    ({ account, hold }) =>
      hold.requestId === requestId && (account.owner === owner || hold.tenantId === owner),
  );
  if (found.length === 0) {
    return refusal({ code: "not_found", message: `"${owner}" has no open hold "${requestId}".` });
  }
  const unresolved = found.filter(({ hold }) => hold.state === "unresolved");
  if (unresolved.length === 0) {
    return refusal({
      code: "conflict",
      message: "The call may still run and settle this hold itself. Only an unresolved hold is given back.",
    });
  }
  // Giving it back would leave a cost in the ledger that no account counts.
  for (const tenantId of new Set(found.map(({ hold }) => hold.tenantId))) {
    if (await parts.ledger.find(tenantId, requestId)) {
      return refusal({
        code: "conflict",
        message: "The call ran: the ledger has an entry for it, and the worker settles the hold by that.",
      });
    }
  }
  const released = unresolved.map(({ account, hold }) => ({
    accountId: account.accountId,
    unit: account.unit,
    amount: String(hold.amount),
  }));
  await recordChange(owner, { action: "hold.release", target: requestId, change: { released } }, parts);
  for (const { account, hold } of unresolved) {
    await parts.accounts.settle(account.accountId, hold, 0n);
  }
  return unresolved;
}
