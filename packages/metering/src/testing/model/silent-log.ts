/** For the model check: what must be true when Bedrock's log has died, and nothing can be learned from it any more. */

import type { Account } from "../../account-store.ts";
import { heldOn } from "../../account-store.ts";
import { usedOf } from "../../admission.ts";
import type { Audited } from "./audit.ts";
import { type Call, entryOf } from "./simulated.ts";

/** What ran is settled or still set aside on each of its accounts: a silent log releases nothing. */
export function expectNothingReleased(
  calls: readonly Call[],
  { accounts, ledger }: Pick<Audited, "accounts" | "ledger">,
): void {
  const booked = new Set(ledger.all().map(({ requestId }) => requestId));
  for (const account of accounts.all().filter(outlastsItsCalls)) {
    const ran = calls
      .filter(({ reservation }) => reservation?.holds.some((held) => held.accountId === account.accountId))
      .map(({ request, ranTokens }) => {
        const isKnown = ranTokens !== undefined || !booked.has(request.requestId);
        if (!isKnown) {
          throw new Error(`${request.requestId} is booked and never ran.`);
        }
        return usedOf(account.unit, entryOf(request.requestId, request, ranTokens ?? 0));
      })
      .reduce((sum, used) => sum + used, 0n);
    if (account.settled + heldOn(account) < ran) {
      throw new Error(
        `${account.accountId}: ${ran} ran, ${account.settled} is settled and ${heldOn(account)} held.`,
      );
    }
  }
}

/** Of a minute that is over, and of requests and calls at once, nobody waits for the log. */
function outlastsItsCalls({ unit, window }: Account): boolean {
  return (unit === "nanoUsd" || unit === "tokens") && window?.kind !== "minute";
}
