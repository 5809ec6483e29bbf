/** Posts what a call really cost: the ledger first, then the accounts, so that a crash between can be mended. */
import type { Clock } from "@caprock/domain";
import type { AccountStore } from "./account-store.ts";
import type { LedgerEntry, LedgerStore } from "./ledger-store.ts";
import type { AccountUnit } from "./limits.ts";
import type { Reservation } from "./reserve.ts";

export interface SettleParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Whether an invocation log will tell the true cost of a call that did not. */
  readonly resolvesLater: boolean;
}

/**
 * Settles a call whose entry is final, or estimated. An estimated cost stays held as unresolved where an
 * invocation log can correct it, and is charged as it is where none can. Repeating it changes nothing.
 */
export async function settle(
  reservation: Reservation,
  entry: LedgerEntry,
  parts: SettleParts,
): Promise<void> {
  const standing = await parts.ledger.record(entry);
  if (standing.estimated && parts.resolvesLater) {
    await keepUnresolved(reservation, standing.costNanoUsd, parts);
    return;
  }
  await Promise.all(
    reservation.holds.map(({ accountId, unit, amount }) =>
      parts.accounts.settle(accountId, { requestId: reservation.requestId, amount }, usedOf(unit, standing)),
    ),
  );
}

/**
 * For a call that may have run although nothing is known of it: all that it holds stays set aside, unbilled,
 * until the invocation log or an operator says more.
 */
export async function leaveUnresolved(reservation: Reservation, parts: SettleParts): Promise<void> {
  await keepUnresolved(reservation, undefined, parts);
}

/** What an entry uses of an account. */
export function usedOf(unit: AccountUnit, entry: Pick<LedgerEntry, "costNanoUsd">): bigint {
  return unit === "requests" ? 1n : entry.costNanoUsd;
}

async function keepUnresolved(
  { requestId, holds }: Reservation,
  costNanoUsd: bigint | undefined,
  { accounts, clock }: SettleParts,
): Promise<void> {
  const expiresAtMs = clock.now();
  await Promise.all(
    holds.map(({ accountId, unit, amount }) => {
      if (unit === "requests") {
        return accounts.settle(accountId, { requestId, amount }, amount);
      }
      return accounts.keep(accountId, { requestId, amount }, { amount: costNanoUsd ?? amount, expiresAtMs });
    }),
  );
}
