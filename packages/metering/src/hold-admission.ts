/** Admission with holds of a call's own: one write on each account to let it through, one to settle it. */
import {
  type Clock,
  type OverBudgetPolicy,
  type Problem,
  type Refusal,
  type RequestId,
  requestArrivalMs,
} from "@caprock/domain";
import { type Account, type AccountStore, heldOn } from "./account-store.ts";
import {
  type Admission,
  type AdmissionRequest,
  type Extension,
  keptOf,
  type Reservation,
  type ReservedAmount,
  usedOf,
  type WorstCaseUse,
} from "./admission.ts";
import { explainRefusal, refusedExtension } from "./explain-refusal.ts";
import type { LedgerEntry, LedgerStore } from "./ledger-store.ts";
import { standingOf } from "./limit-standing.ts";
import { RecentLimits } from "./recent-limits.ts";
import { isKnownAtOnce, type WantedAmount, wantedAmounts, worstCaseOf } from "./wanted-amounts.ts";

/** How long a process may keep of a grant what it does not use: the housekeeping's round, twice. A slow store adds to it. */
const grantWaits = [300, 600, 600];

/** How long a call of a tenant with the policy "throttle" waits for money that others hold: eight seconds in all. */
const throttleWaits = [250, 500, 1_000, 1_500, 2_000, 2_750];

export interface HoldAdmissionParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** After this long an unsettled hold counts as abandoned. */
  readonly holdTtlMs: number;
  /** Whether an invocation log will tell the true cost of a call that did not. */
  readonly resolvesLater: boolean;
  /** Resolves after `durationMs`. */
  readonly pause: (durationMs: number) => Promise<void>;
}

/** An account that has not enough left for a call, as it was found. */
interface Blocked extends WantedAmount {
  readonly account: Account | undefined;
}

export class HoldAdmission implements Admission {
  private readonly limits = new RecentLimits();
  private readonly parts: HoldAdmissionParts;

  constructor(parts: HoldAdmissionParts) {
    this.parts = parts;
  }

  async reserve(request: AdmissionRequest): Promise<Reservation | Refusal> {
    const nowMs = this.parts.clock.now();
    const arrivedAtMs = requestArrivalMs(request.requestId);
    const wanted = wantedAmounts(request, this.limits.of({ ...request, arrivedAtMs, nowMs }));
    return this.reserveWanted(request, wanted, nowMs);
  }

  /**
   * Refuses only what is really used up: where grants of other processes hold what the call needs, it waits for them
   * to give back what they do not use, which they do within moments.
   */
  async reserveWanted(
    request: AdmissionRequest,
    wanted: readonly WantedAmount[],
    nowMs: number,
  ): Promise<Reservation | Refusal> {
    const { kind } = request.tenant.limits.overBudget;
    const { accounts, clock, pause } = this.parts;
    const triedAtMs = clock.now();
    let result = await this.tryHold(request, wanted);
    // Whoever is to give something back needs as long for it as this process for its try.
    const storeMs = clock.now() - triedAtMs;
    for (const waitMs of kind === "throttle" ? throttleWaits : grantWaits) {
      if (!("blocked" in result) || !mayComeBack(result.blocked, kind)) {
        break;
      }
      await pause(waitMs + storeMs);
      const { limit, amount } = result.blocked;
      // One read is a fraction of a try, which writes every account twice; many may be waiting, and in vain.
      const account = await accounts.read(limit.accountId);
      const fits = !account || account.limitVersion < limit.version || account.available >= amount;
      result = fits ? await this.tryHold(request, wanted) : { blocked: { limit, amount, account } };
    }
    if (!("blocked" in result)) {
      return result;
    }
    const { limit, amount, account } = result.blocked;
    const frees = kind === "throttle" && mayComeBack(result.blocked, kind) ? "soon" : "at reset";
    return explainRefusal(limit, amount, account, nowMs, frees);
  }

  /** The accounts are held at once, not in turn: a refusal is the rarer case. */
  private async tryHold(
    { requestId, tenant }: AdmissionRequest,
    wanted: readonly WantedAmount[],
  ): Promise<Reservation | { readonly blocked: Blocked }> {
    const { accounts, clock, holdTtlMs } = this.parts;
    const expiresAtMs = clock.now() + holdTtlMs;
    const outcomes = await Promise.allSettled(
      wanted.map(({ limit, amount }) =>
        accounts.hold(limit, { requestId, tenantId: tenant.id, amount, expiresAtMs }),
      ),
    );
    const holds = wanted.map(({ limit: { accountId, unit }, amount }) => ({ accountId, unit, amount }));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure) {
      // A hold that timed out may have been made all the same; releasing one that was not does nothing.
      await this.giveBack(requestId, holds, expiresAtMs).catch(() => undefined);
      throw failure.reason;
    }
    const standings = [];
    for (const [index, outcome] of outcomes.entries()) {
      const asked = wanted[index];
      if (!asked || outcome.status === "rejected") {
        continue;
      }
      if (!outcome.value.held) {
        await this.giveBack(requestId, holds, expiresAtMs);
        return { blocked: { ...asked, account: outcome.value.account } };
      }
      standings.push(standingOf(asked.limit, outcome.value.available));
    }
    return { requestId, tenantId: tenant.id, holds, standings };
  }

  async extend(reservation: Reservation, upTo: WorstCaseUse): Promise<Extension> {
    const { accounts } = this.parts;
    const { requestId } = reservation;
    let refused: Problem | undefined;
    const holds = await Promise.all(
      reservation.holds.map(async (held) => {
        const more = worstCaseOf(held.unit, upTo) - held.amount;
        if (more <= 0n) {
          return held;
        }
        const extended = await accounts
          .extend(held.accountId, { requestId, amount: held.amount }, more)
          .catch(() => this.isExtended(held, requestId, more));
        refused ??= extended ? undefined : refusedExtension(held.unit, more);
        return extended ? { ...held, amount: held.amount + more } : held;
      }),
    );
    return { reservation: { ...reservation, holds }, ...(refused && { refused }) };
  }

  /** After an answer was lost: what a call holds has to be known, or it could not be settled. */
  private async isExtended(held: ReservedAmount, requestId: RequestId, more: bigint): Promise<boolean> {
    const account = await this.parts.accounts.read(held.accountId).catch(() => undefined);
    const hold = account?.holds.find((open) => open.requestId === requestId);
    return hold?.amount === held.amount + more;
  }

  /** The ledger first, then the accounts, so that a crash between can be mended. Repeating it changes nothing. */
  async settle(reservation: Reservation, entry: LedgerEntry, atMost?: WorstCaseUse): Promise<void> {
    const { accounts, ledger, resolvesLater } = this.parts;
    const standing = await ledger.record(entry);
    if (standing.estimated && resolvesLater) {
      await this.keep(reservation, (held) => keptOf(held, standing, atMost));
      return;
    }
    const { requestId, holds } = reservation;
    await Promise.all(
      holds.map(({ accountId, unit, amount }) =>
        accounts.settle(accountId, { requestId, amount }, usedOf(unit, standing)),
      ),
    );
  }

  async settleFree({ requestId, holds }: Reservation): Promise<void> {
    await Promise.all(
      holds.map(({ accountId, unit, amount }) =>
        this.parts.accounts.settle(accountId, { requestId, amount }, unit === "requests" ? amount : 0n),
      ),
    );
  }

  async leaveUnresolved(reservation: Reservation): Promise<void> {
    await this.keep(reservation, ({ amount }) => amount);
  }

  /** Repeating it changes nothing. */
  async release({ requestId, holds }: Reservation): Promise<void> {
    await this.giveBack(requestId, holds);
  }

  /** A try that gives back names its own holds: if the write comes late, a later try of the call keeps its holds. */
  private async giveBack(
    requestId: RequestId,
    holds: readonly ReservedAmount[],
    expiresAtMs?: number,
  ): Promise<void> {
    const own = { requestId, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
    await Promise.all(
      holds.map(({ accountId, amount }) => this.parts.accounts.settle(accountId, { ...own, amount }, 0n)),
    );
  }

  async close(): Promise<void> {}

  /** Keeps what is not known yet: money and tokens. The request counts, and the call runs no more. */
  private async keep(
    { requestId, holds }: Reservation,
    keptOfHold: (held: ReservedAmount) => bigint,
  ): Promise<void> {
    const { accounts, clock } = this.parts;
    const expiresAtMs = clock.now();
    await Promise.all(
      holds.map((held) => {
        const { accountId, unit, amount } = held;
        return isKnownAtOnce(unit)
          ? accounts.settle(accountId, { requestId, amount }, unit === "requests" ? amount : 0n)
          : accounts.keep(accountId, { requestId, amount }, { amount: keptOfHold(held), expiresAtMs });
      }),
    );
  }
}

/** Whether what is missing is held by others, and may be given back: by their grants, or, by policy, by any hold. */
function mayComeBack({ amount, account }: Blocked, policy: OverBudgetPolicy["kind"]): boolean {
  const comingBack = account ? heldOn(policy === "throttle" ? account : { ...account, holds: [] }) : 0n;
  return comingBack > 0n && comingBack + (account?.available ?? 0n) >= amount;
}
