/** Admission from memory: grants that cover many calls, and settlement in groups; calls one by one near a limit. */
import { type Clock, newRequestId, type Random, type Refusal, requestArrivalMs } from "@caprock/domain";
import type { AccountStore, GrantId } from "../account-store.ts";
import type {
  Admission,
  AdmissionRequest,
  Extension,
  Reservation,
  ReservedAmount,
  WorstCaseUse,
} from "../admission.ts";
import type { HoldAdmission } from "../hold-admission.ts";
import type { LedgerEntry, LedgerStore } from "../ledger-store.ts";
import { standingOf } from "../limit-standing.ts";
import type { Limit } from "../limits.ts";
import { RecentLimits } from "../recent-limits.ts";
import { type WantedAmount, wantedAmounts } from "../wanted-amounts.ts";
import { AccountGrant } from "./account-grant.ts";
import { Demand } from "./demand.ts";
import type { GrantNotes } from "./grant-notes.ts";
import { SettlementGroups } from "./settlement-groups.ts";

export interface GrantAdmissionParts {
  /** Lets through what no grant covers. */
  readonly holds: HoldAdmission;
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly notes: GrantNotes;
  readonly clock: Clock;
  readonly random: Random;
  /** After this long a grant that is not renewed counts as abandoned. */
  readonly holdTtlMs: number;
  /** Whether an invocation log will tell the true cost of a call that did not. */
  readonly resolvesLater: boolean;
  /** Resolves after `durationMs`. */
  readonly pause: (durationMs: number) => Promise<void>;
  /** Does the housekeeping again and again, every quarter of a second or so; returns how to stop it. */
  readonly repeat: (work: () => Promise<void>) => () => void;
  /** Told of an account that could not be written to; it is tried again. */
  readonly onFailure: (accountId: string, error: unknown) => void;
}

/**
 * For a process that serves many calls. A limit that is asked often gets a grant; a call is let through from memory
 * if grants cover it on every account, else by holds of its own.
 */
export class GrantAdmission implements Admission {
  private readonly parts: GrantAdmissionParts;
  private readonly grantId: GrantId;
  private readonly grants = new Map<string, AccountGrant>();
  private readonly demands = new Map<string, Demand>();
  private readonly groups: SettlementGroups;
  private readonly limits = new RecentLimits();
  private readonly stopTending: () => void;
  private changes = 0;

  constructor(parts: GrantAdmissionParts) {
    this.parts = parts;
    this.grantId = newRequestId(parts.clock, parts.random);
    this.groups = new SettlementGroups({
      ...parts,
      grantId: this.grantId,
      grantOf: (accountId) => this.grants.get(accountId),
    });
    this.stopTending = parts.repeat(() => this.tend());
  }

  async reserve(request: AdmissionRequest): Promise<Reservation | Refusal> {
    const nowMs = this.parts.clock.now();
    const arrivedAtMs = requestArrivalMs(request.requestId);
    const wanted = wantedAmounts(request, this.limits.of({ ...request, arrivedAtMs, nowMs }));
    const demands = wanted.map(({ limit, amount }) => this.ask(limit, amount, nowMs));
    if (request.extends) {
      return this.holdOneByOne(request, wanted, nowMs);
    }
    const reservation = this.take(request, wanted);
    if (reservation) {
      return reservation;
    }
    if (demands.every((demand) => demand.isBusy(nowMs)) && (await this.growAll(wanted, demands, nowMs))) {
      const covered = this.take(request, wanted);
      if (covered) {
        return covered;
      }
    }
    return this.holdOneByOne(request, wanted, nowMs);
  }

  /** Such a call has holds of its own. */
  extend(reservation: Reservation, upTo: WorstCaseUse): Promise<Extension> {
    return this.parts.holds.extend(reservation, upTo);
  }

  async settle(reservation: Reservation, entry: LedgerEntry, atMost?: WorstCaseUse): Promise<void> {
    await (reservation.grantId === undefined
      ? this.parts.holds.settle(reservation, entry, atMost)
      : this.groups.settle(this.endOf(reservation), entry, atMost));
  }

  /** It is in no group: if the process dies first, a request goes uncounted, and no money. */
  async settleFree(reservation: Reservation): Promise<void> {
    if (reservation.grantId === undefined) {
      await this.parts.holds.settleFree(reservation);
      return;
    }
    for (const { accountId, unit, amount } of reservation.holds) {
      this.grants.get(accountId)?.settle(amount, unit === "requests" ? amount : 0n);
    }
  }

  /** A call that ended runs no more, even if its entry is still to be written: the caller's next one may come at once. */
  private endOf(reservation: Reservation): Reservation {
    const isRunning = ({ unit }: ReservedAmount) => unit === "concurrency";
    for (const { accountId, amount } of reservation.holds.filter(isRunning)) {
      this.grants.get(accountId)?.release(amount);
    }
    return { ...reservation, holds: reservation.holds.filter((held) => !isRunning(held)) };
  }

  async leaveUnresolved(reservation: Reservation): Promise<void> {
    if (reservation.grantId === undefined) {
      await this.parts.holds.leaveUnresolved(reservation);
      return;
    }
    await this.groups.leaveUnresolved(this.endOf(reservation));
  }

  async release(reservation: Reservation): Promise<void> {
    if (reservation.grantId === undefined) {
      await this.parts.holds.release(reservation);
      return;
    }
    for (const { accountId, amount } of reservation.holds) {
      this.grants.get(accountId)?.release(amount);
    }
  }

  /** A round of housekeeping over all grants; forgets what is not asked for any more. */
  async tend(): Promise<void> {
    const nowMs = this.parts.clock.now();
    await Promise.all(
      [...this.grants].map(async ([accountId, grant]) => {
        const isOver = grant.limit.window !== undefined && grant.limit.window.endMs <= nowMs;
        await grant.tend(isOver ? 0n : (this.demands.get(stemOf(grant.limit))?.amount(nowMs) ?? 0n));
        if (grant.isEmpty) {
          this.grants.delete(accountId);
        }
      }),
    );
    for (const [stem, demand] of this.demands) {
      if (demand.amount(nowMs) === 0n) {
        this.demands.delete(stem);
      }
    }
  }

  async close(): Promise<void> {
    this.stopTending();
    await this.groups.idle();
    await Promise.all([...this.grants.values()].map((grant) => grant.shrink()));
  }

  private ask(limit: Limit, amount: bigint, nowMs: number): Demand {
    const stem = stemOf(limit);
    const demand = this.demands.get(stem) ?? new Demand();
    this.demands.set(stem, demand);
    demand.ask(amount, nowMs);
    return demand;
  }

  /** All or nothing, at once: nothing else of this process comes between. */
  private take(
    { requestId, tenant: { id: tenantId } }: AdmissionRequest,
    wanted: readonly WantedAmount[],
  ): Reservation | undefined {
    const covered = wanted.flatMap(({ limit, amount }) => {
      const grant = this.grants.get(limit.accountId);
      return grant?.canTake(limit, amount) ? [{ limit, amount, grant }] : [];
    });
    if (covered.length < wanted.length) {
      return undefined;
    }
    return {
      requestId,
      tenantId,
      grantId: this.grantId,
      holds: covered.map(({ limit: { accountId, unit }, amount, grant }) => {
        grant.take(amount);
        return { accountId, unit, amount };
      }),
      standings: covered.map(({ limit, grant }) => standingOf(limit, grant.remaining)),
    };
  }

  private async growAll(
    wanted: readonly WantedAmount[],
    demands: readonly Demand[],
    nowMs: number,
  ): Promise<boolean> {
    const grown = await Promise.all(
      wanted.map(({ limit, amount }, index) =>
        this.grantOn(limit).grow(limit, amount, demands[index]?.amount(nowMs) ?? amount),
      ),
    );
    return grown.every(Boolean);
  }

  private grantOn(limit: Limit): AccountGrant {
    const standing = this.grants.get(limit.accountId);
    if (standing) {
      return standing;
    }
    const { grantId } = this;
    const nextChange = () => {
      this.changes += 1;
      return this.changes;
    };
    const grant = new AccountGrant(limit, this.groups.lastBatch, { ...this.parts, grantId, nextChange });
    this.grants.set(limit.accountId, grant);
    return grant;
  }

  /** What this process has free is given back first: a call must not be refused for want of it. */
  private async holdOneByOne(
    request: AdmissionRequest,
    wanted: readonly WantedAmount[],
    nowMs: number,
  ): Promise<Reservation | Refusal> {
    await Promise.all(
      wanted.map(async ({ limit, amount }) => {
        const grant = this.grants.get(limit.accountId);
        if (grant?.isMissedBy(amount)) {
          await grant.shrink();
        }
      }),
    );
    const result = await this.parts.holds.reserveWanted(request, wanted, nowMs);
    if ("holds" in result) {
      for (const [index, { accountId }] of result.holds.entries()) {
        this.grants.get(accountId)?.saw(result.standings[index]?.remaining ?? 0n);
      }
    }
    return result;
  }
}

/** A limit without its window: what is asked of one minute tells what will be asked of the next. */
function stemOf({ owner, limitId, of: part = "" }: Limit): string {
  return `${owner}#${limitId}#${part}`;
}
