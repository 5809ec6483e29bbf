/** Settles calls of grants in groups: what the ledger has to say of them in one go, then each account once. */
import type { Clock, RequestId } from "@caprock/domain";
import type { GrantId } from "../account-store.ts";
import { keptOf, type Reservation, type ReservedAmount, usedOf, type WorstCaseUse } from "../admission.ts";
import type { LedgerEntry, LedgerStore } from "../ledger-store.ts";
import { isKnownAtOnce } from "../wanted-amounts.ts";
import type { AccountGrant } from "./account-grant.ts";
import type { GrantBatch, GrantNotes } from "./grant-notes.ts";

export interface SettlementGroupsParts {
  readonly ledger: LedgerStore;
  readonly notes: GrantNotes;
  readonly clock: Clock;
  readonly resolvesLater: boolean;
  readonly grantId: GrantId;
  /** Resolves after `durationMs`. */
  readonly pause: (durationMs: number) => Promise<void>;
  readonly grantOf: (accountId: string) => AccountGrant | undefined;
}

interface Ended {
  readonly reservation: Reservation;
  /** Absent for a call of which nothing is known. */
  readonly entry?: LedgerEntry;
  /** The most that a call can have used whose entry is an estimate. */
  readonly atMost?: WorstCaseUse | undefined;
  readonly done: () => void;
}

/** Calls that are settled together at most; half of what an account's write can make holds for. */
const mostOfGroup = 50;

const shortestPauseMs = 50;
const longestPauseMs = 5_000;

/**
 * After so many tries, half a minute, a call whose entry cannot be written is noted as one of which nothing is known: the
 * log will tell. It must not keep all others from being settled.
 */
const mostTries = 12;

/** So many calls are written without waiting for more: what one batch write of the ledger takes. */
const fullGroup = 25;

/**
 * How long a group waits for more calls to end. Nobody waits for it: what a call did not use is free again at once, and
 * accounts are told every quarter of a second. A batch write of many costs little more than one of a single entry.
 */
const gatheringMs = 50;

/**
 * One group is written after the other, each with all that ended meanwhile and within a moment of gathering. A group's number is
 * in its entries and notes, and on every account that it is settled on: who finds a dead process's grant can tell by the
 * numbers which calls the account has been told of. So no account may hear of a group before all of it is written: what
 * could not be written is tried again under the same number, since a try that seemed to fail may still be carried out.
 */
export class SettlementGroups {
  /** The last group that was begun. */
  lastBatch = 0;
  private readonly parts: SettlementGroupsParts;
  private waiting: Ended[] = [];
  private running: Promise<void> | undefined;
  private isHurried = false;
  private endGathering: (() => void) | undefined;

  constructor(parts: SettlementGroupsParts) {
    this.parts = parts;
  }

  /** Resolves when the entry is in the ledger. */
  settle(reservation: Reservation, entry: LedgerEntry, atMost: WorstCaseUse | undefined): Promise<void> {
    return new Promise((done) => this.add({ reservation, entry, atMost, done }));
  }

  /** For a call of which nothing is known: what it holds stays set aside as a hold of its own. */
  leaveUnresolved(reservation: Reservation): Promise<void> {
    return new Promise((done) => this.add({ reservation, done }));
  }

  /** Resolves when the ledger has every call that has ended. */
  async idle(): Promise<void> {
    this.isHurried = true;
    this.endGathering?.();
    while (this.running) {
      await this.running;
    }
    this.isHurried = false;
  }

  private add(ended: Ended): void {
    this.waiting.push(ended);
    if (this.waiting.length >= fullGroup) {
      this.endGathering?.();
    }
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.gather();
      const group = await this.nextGroup();
      if (group.length > 0) {
        await this.writeGroup(group);
      } else {
        await this.parts.pause(shortestPauseMs);
      }
    }
    this.running = undefined;
  }

  private async gather(): Promise<void> {
    if (this.isHurried || this.waiting.length >= fullGroup) {
      return;
    }
    const full = new Promise<void>((resolve) => {
      this.endGathering = resolve;
    });
    await Promise.race([this.parts.pause(gatheringMs), full]);
    this.endGathering = undefined;
  }

  /**
   * An account has to hear of the whole of a group in one write, so calls wait whose accounts have more calls already
   * that need holds of their own than one write can make. Empty when all that is left has to wait.
   */
  private async nextGroup(): Promise<readonly Ended[]> {
    const group: Ended[] = [];
    const most = mostNow(this.waiting.length);
    const crowded = new Set<AccountGrant>();
    this.waiting = this.waiting.filter((ended) => {
      const full = this.grantsOf(ended).filter(({ isCrowded }) => isCrowded);
      for (const grant of full) {
        crowded.add(grant);
      }
      return full.length > 0 || group.length === most || group.push(ended) === 0;
    });
    if (group.length === 0) {
      await Promise.all([...crowded].map((grant) => grant.write()));
    }
    return group;
  }

  private grantsOf({ reservation }: Ended): readonly AccountGrant[] {
    return reservation.holds.flatMap(({ accountId }) => this.parts.grantOf(accountId) ?? []);
  }

  private async writeGroup(group: readonly Ended[]): Promise<void> {
    this.lastBatch += 1;
    const grant = { id: this.parts.grantId, batch: this.lastBatch };
    const standing = new Map<RequestId, LedgerEntry | "noted">();
    let left = group;
    for (let tries = 1; left.length > 0; tries += 1) {
      for (const [requestId, stands] of await this.write(left, grant)) {
        standing.set(requestId, stands);
      }
      left = left.filter(({ reservation }) => !standing.has(reservation.requestId));
      if (left.length > 0) {
        await this.parts.pause(Math.min(shortestPauseMs * 2 ** (tries - 1), longestPauseMs));
      }
      if (tries === mostTries) {
        left = left.map(withoutEntry);
      }
    }
    // No account is written to while these are told, so that each hears of the whole group or of nothing of it.
    for (const ended of group) {
      const written = standing.get(ended.reservation.requestId);
      this.tellAccounts(ended, written === "noted" ? undefined : written, grant.batch);
      ended.done();
    }
  }

  /** What stands of each call in the ledger; what could not be written is absent. */
  private async write(
    group: readonly Ended[],
    grant: GrantBatch,
  ): Promise<ReadonlyMap<RequestId, LedgerEntry | "noted">> {
    const { ledger, notes } = this.parts;
    const standing = new Map<RequestId, LedgerEntry | "noted">();
    const final: LedgerEntry[] = [];
    const others: Promise<void>[] = [];
    for (const { reservation, entry } of group) {
      const { tenantId, requestId } = reservation;
      if (entry === undefined) {
        const noted = notes.note(tenantId, requestId, grant);
        others.push(noted.then(() => void standing.set(requestId, "noted")).catch(ignore));
      } else if (entry.estimated) {
        // An estimate must not overwrite what the invocation log has told meanwhile.
        others.push(
          this.recordEstimate({ ...entry, grant }, grant)
            .then((stands) => void standing.set(requestId, stands))
            .catch(ignore),
        );
      } else {
        final.push({ ...entry, grant });
      }
    }
    // A ledger that rejects has perhaps written all the same: as what it could not write, all of it is tried again.
    const left = final.length === 0 ? [] : await ledger.recordAll(final).catch(() => final);
    const unwritten = new Set(left.map(idOf));
    for (const entry of final.filter(({ requestId }) => !unwritten.has(requestId))) {
      standing.set(entry.requestId, entry);
    }
    await Promise.all(others);
    return standing;
  }

  /**
   * If an earlier try was written whose answer was lost, the entry has that try's batch, which accounts may have been told
   * of without this call. The note has the batch in which they really are.
   */
  private async recordEstimate(entry: LedgerEntry, grant: GrantBatch): Promise<LedgerEntry> {
    const standing = await this.parts.ledger.record(entry);
    if (standing.grant?.batch !== grant.batch) {
      await this.parts.notes.note(entry.tenantId, entry.requestId, grant);
    }
    return standing;
  }

  private tellAccounts({ reservation, atMost }: Ended, entry: LedgerEntry | undefined, batch: number): void {
    for (const held of reservation.holds) {
      const grant = this.parts.grantOf(held.accountId);
      if (isKnownAtOnce(held.unit)) {
        grant?.settle(held.amount, held.unit === "requests" && !entry?.aside ? held.amount : 0n, batch);
      } else if (entry === undefined) {
        this.keep(reservation, held, held.amount, batch);
      } else if (entry.estimated && this.parts.resolvesLater) {
        this.keep(reservation, held, keptOf(held, entry, atMost), batch);
      } else {
        grant?.settle(held.amount, usedOf(held.unit, entry), batch);
      }
    }
  }

  private keep(
    { requestId, tenantId }: Reservation,
    { accountId, amount }: ReservedAmount,
    keptAmount: bigint,
    batch: number,
  ): void {
    const expiresAtMs = this.parts.clock.now();
    const hold = { requestId, tenantId, amount: keptAmount, expiresAtMs, state: "unresolved" } as const;
    this.parts.grantOf(accountId)?.keep(amount, hold, batch);
  }
}

/** Whole batch writes where there are several: one of a few entries costs as much of its own as a full one. */
function mostNow(waiting: number): number {
  return waiting > fullGroup && waiting < mostOfGroup ? fullGroup : mostOfGroup;
}

function withoutEntry({ reservation, done }: Ended): Ended {
  return { reservation, done };
}

/** What could not be written is seen by its absence, and is tried again. */
function ignore(): void {}

function idOf({ requestId }: LedgerEntry): RequestId {
  return requestId;
}
