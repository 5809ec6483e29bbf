/** Settles calls of grants in groups: their ledger entries in one go, then each account once. */
import type { Clock, RequestId } from "@caprock/domain";
import type { GrantId, Hold } from "../account-store.ts";
import { type Reservation, usedOf } from "../admission.ts";
import type { LedgerEntry, LedgerStore } from "../ledger-store.ts";
import { isKnownAtOnce } from "../wanted-amounts.ts";
import type { AccountGrant } from "./account-grant.ts";

export interface SettlementGroupsParts {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly resolvesLater: boolean;
  readonly grantId: GrantId;
  /** Resolves after `durationMs`. */
  readonly pause: (durationMs: number) => Promise<void>;
  readonly grantOf: (accountId: string) => AccountGrant | undefined;
}

interface Ended {
  readonly reservation: Reservation;
  readonly entry: LedgerEntry;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Calls that are settled together at most; half of what an account's write can make holds for. */
const mostOfGroup = 50;

/**
 * One group is written after the other, each with all that ended while the one before was written. A group's number is
 * in its entries and on every account that it is settled on: who finds a dead process's grant can tell by the numbers
 * which entries the account has been told of.
 */
export class SettlementGroups {
  /** The last group that was begun. */
  lastBatch = 0;
  private readonly parts: SettlementGroupsParts;
  private waiting: Ended[] = [];
  private running: Promise<void> | undefined;

  constructor(parts: SettlementGroupsParts) {
    this.parts = parts;
  }

  /** Resolves when the entry is in the ledger; rejects when it could not be written, and the call keeps its hold. */
  settle(reservation: Reservation, entry: LedgerEntry): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ reservation, entry, done, failed });
      this.running ??= this.run();
    });
  }

  /** For a call of which nothing is known: what it holds stays set aside as a hold of its own. */
  leaveUnresolved(reservation: Reservation): void {
    this.keep(reservation, "unresolved");
  }

  /** Resolves when every call that has ended is settled in the ledger and on its accounts. */
  async idle(): Promise<void> {
    while (this.running) {
      await this.running;
    }
  }

  private async run(): Promise<void> {
    // Calls that end within the same turn of the event loop go together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, mostOfGroup);
      await this.writeGroup(group);
      await this.makeRoom(group);
    }
    this.running = undefined;
  }

  /**
   * An account has to hear of the whole of a group in one write, so no group is begun while an account has more calls
   * that need holds of their own than one write can make.
   */
  private async makeRoom(group: readonly Ended[]): Promise<void> {
    const accountIds = new Set(
      group.flatMap(({ reservation }) => reservation.holds.map(({ accountId }) => accountId)),
    );
    for (const accountId of accountIds) {
      const grant = this.parts.grantOf(accountId);
      for (let waitMs = 50; grant?.isCrowded; waitMs = Math.min(2 * waitMs, 5_000)) {
        await grant.write();
        if (grant.isCrowded) {
          await this.parts.pause(waitMs);
        }
      }
    }
  }

  private async writeGroup(group: readonly Ended[]): Promise<void> {
    this.lastBatch += 1;
    const grant = { id: this.parts.grantId, batch: this.lastBatch };
    const standing = await this.record(group.map(({ entry }) => ({ ...entry, grant })));
    // No account is written to while these are told, so that each hears of the whole group or of nothing of it.
    for (const ended of group) {
      const entry = standing.get(ended.reservation.requestId);
      if (entry instanceof Error) {
        this.keep(ended.reservation, "held");
        ended.failed(entry);
      } else if (entry) {
        this.tellAccounts(ended.reservation, entry, grant.batch);
        ended.done();
      }
    }
  }

  /** The entries that stand in the ledger, by request; an error for those that could not be written. */
  private async record(
    entries: readonly LedgerEntry[],
  ): Promise<ReadonlyMap<RequestId, LedgerEntry | Error>> {
    const { ledger } = this.parts;
    const final = entries.filter(({ estimated }) => !estimated);
    const standing = new Map<RequestId, LedgerEntry | Error>(final.map((entry) => [entry.requestId, entry]));
    const estimates = entries
      .filter(({ estimated }) => estimated)
      .map(async (entry) => {
        // An estimate must not overwrite what the invocation log has told meanwhile.
        standing.set(entry.requestId, await ledger.record(entry).catch(toError));
      });
    const unwritten = final.length === 0 ? [] : await ledger.recordAll(final);
    for (const { requestId } of unwritten) {
      standing.set(requestId, new Error("The ledger did not take the entry."));
    }
    await Promise.all(estimates);
    return standing;
  }

  private tellAccounts({ requestId, tenantId, holds }: Reservation, entry: LedgerEntry, batch: number): void {
    const expiresAtMs = this.parts.clock.now();
    for (const { accountId, unit, amount } of holds) {
      const used = usedOf(unit, entry);
      const grant = this.parts.grantOf(accountId);
      if (entry.estimated && this.parts.resolvesLater && !isKnownAtOnce(unit)) {
        grant?.keep(amount, { requestId, tenantId, amount: used, expiresAtMs, state: "unresolved" }, batch);
      } else {
        grant?.settle(amount, used, batch);
      }
    }
  }

  /** Money and tokens get a hold of the call's own; the request counts, and the call runs no more. */
  private keep({ requestId, tenantId, holds }: Reservation, state: Hold["state"]): void {
    const expiresAtMs = this.parts.clock.now();
    for (const { accountId, unit, amount } of holds) {
      const grant = this.parts.grantOf(accountId);
      if (isKnownAtOnce(unit)) {
        grant?.settle(amount, unit === "requests" ? amount : 0n);
      } else {
        grant?.keep(amount, { requestId, tenantId, amount, expiresAtMs, state });
      }
    }
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
