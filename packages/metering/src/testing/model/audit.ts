/** For the model check: holds the ledger against what ran, and the accounts against the ledger. */
import { usedOf } from "../../admission.ts";
import type { LedgerEntry } from "../../ledger-store.ts";
import { limitsOf } from "../../limits.ts";
import { wantedAmounts } from "../../wanted-amounts.ts";
import type { MemoryAccountStore } from "../memory-account-store.ts";
import type { MemoryLedgerStore } from "../memory-ledger-store.ts";
import type { Books } from "./books.ts";
import type { Call } from "./simulated.ts";

export interface Audited {
  readonly accounts: MemoryAccountStore;
  readonly ledger: MemoryLedgerStore;
  readonly hasLog: boolean;
}

/** The ledger is what ran, each once; the accounts are the ledger; nothing is held that is known. */
export function audit(calls: readonly Call[], { accounts, ledger, hasLog }: Audited): void {
  const entries = new Map(ledger.all().map((entry) => [entry.requestId, entry]));
  if (entries.size !== ledger.all().length) {
    throw new Error("A request has two entries.");
  }
  for (const { request, ranTokens } of calls) {
    const entry = entries.get(request.requestId);
    const isTrue = entry?.usage.input === ranTokens && !entry?.estimated;
    if (hasLog ? !isTrue : entry !== undefined && ranTokens === undefined) {
      throw new Error(`${request.requestId} ran ${ranTokens}, and is booked as ${entry?.usage.input}.`);
    }
  }
  for (const account of accounts.all()) {
    const { accountId, unit, window, holds, grants } = account;
    const counted = calls.filter(({ reservation }) =>
      reservation?.holds.some((held) => held.accountId === accountId),
    );
    const isByGrant = counted.some(({ reservation }) => reservation?.grantId !== undefined);
    const booked = counted
      .flatMap(({ request }) => entries.get(request.requestId) ?? [])
      .reduce((sum, entry) => sum + usedOf(unit, entry), 0n);
    // A request whose call died counts, whether it ran or not; a dead process's grant on a minute that is over does not.
    const least = window?.kind === "minute" && isByGrant ? 0n : booked;
    // A call that died while it asked may have left a request on the account, and so may one that waited into another
    // minute, where the write that gave back the first minute's request was lost.
    const undecided = calls.filter(
      ({ reservation }) =>
        reservation === undefined ||
        (window?.kind === "minute" && !reservation.holds.some((held) => held.accountId === accountId)),
    );
    const most = unit === "requests" ? BigInt(counted.length + undecided.length) : booked;
    if (account.settled < least || account.settled > most) {
      throw new Error(`${accountId} has ${account.settled} settled, and its entries say ${booked}.`);
    }
    const stuck = holds.filter(
      ({ requestId, state }) => hasLog || state === "held" || entries.has(requestId),
    );
    if (stuck.length > 0 || grants.length > 0) {
      throw new Error(`${accountId} still has ${[...stuck, ...grants].length} open.`);
    }
  }
}

/** What is wrong with the refusal of a call whose process had `nowMs` when it asked. */
export function refusalFaults(
  { request, askedAtCheck }: Call,
  nowMs: number,
  accounts: MemoryAccountStore,
  books: Books,
): readonly string[] {
  books.check();
  const faults: string[] = [];
  const holds = accounts.all().flatMap((account) => account.holds);
  if (holds.some(({ requestId }) => requestId === request.requestId)) {
    faults.push(`${request.requestId} was refused, and still holds.`);
  }
  const wanted = wantedAmounts(request, limitsOf({ ...request, arrivedAtMs: nowMs, nowMs }));
  if (wanted.every(({ limit, amount }) => books.leastAvailable(limit, askedAtCheck) >= amount)) {
    faults.push(`${request.requestId} was refused although every account had enough throughout.`);
  }
  return faults;
}

/** An entry as a repeated settlement may have it: once there is one in the ledger, what a repetition says does not matter. */
export function settledOtherwise(entry: LedgerEntry, ledger: MemoryLedgerStore): LedgerEntry {
  const isBooked = ledger.all().some(({ requestId }) => requestId === entry.requestId);
  return isBooked ? { ...entry, costNanoUsd: entry.costNanoUsd + 3n } : entry;
}
