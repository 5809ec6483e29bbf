/** Sets the worst case of a call aside on every limit it must fit under, or says which limit it does not fit. */
import {
  type Clock,
  formatUsd,
  type NanoUsd,
  type Refusal,
  type RequestId,
  refusal,
  requestArrivalMs,
  type Tenant,
} from "@caprock/domain";
import type { Account, AccountStore } from "./account-store.ts";
import { type AccountUnit, type Limit, limitsOf } from "./limits.ts";

/** What a call holds, on which accounts. */
export interface Reservation {
  readonly requestId: RequestId;
  readonly holds: readonly HeldAmount[];
}

export interface HeldAmount {
  readonly accountId: string;
  readonly unit: AccountUnit;
  readonly amount: bigint;
}

export interface ReserveParts {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  /** Age at which a hold counts as abandoned. */
  readonly holdTtlMs: number;
}

export interface ReserveRequest {
  /** Tells when the call arrived, which decides the month that pays, as it does the month of the ledger entry. */
  readonly requestId: RequestId;
  readonly tenant: Tenant;
  readonly worstCaseNanoUsd: NanoUsd;
}

/**
 * Holds one request and `worstCaseNanoUsd`. Refuses with `rate_limited` or `budget_exceeded`; then nothing
 * stays held. The accounts are held at once, not in turn: a refusal is the rarer case.
 */
export async function reserve(request: ReserveRequest, parts: ReserveParts): Promise<Reservation | Refusal> {
  const nowMs = parts.clock.now();
  const wanted = limitsOf(request.tenant, nowMs, requestArrivalMs(request.requestId)).map((limit) => ({
    limit,
    accountId: limit.accountId,
    unit: limit.unit,
    amount: limit.unit === "requests" ? 1n : request.worstCaseNanoUsd,
  }));
  const expiresAtMs = nowMs + parts.holdTtlMs;
  const outcomes = await Promise.allSettled(
    wanted.map(({ limit, amount }) =>
      parts.accounts.hold(limit, { requestId: request.requestId, amount, expiresAtMs }),
    ),
  );
  const reservation: Reservation = {
    requestId: request.requestId,
    holds: wanted.map(({ accountId, unit, amount }) => ({ accountId, unit, amount })),
  };
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) {
    // A hold that timed out may have been made all the same; releasing one that was not does nothing.
    await release(reservation, parts).catch(() => undefined);
    throw failure.reason;
  }
  for (const [index, outcome] of outcomes.entries()) {
    const refused = wanted[index];
    if (refused && outcome.status === "fulfilled" && !outcome.value.held) {
      await release(reservation, parts);
      return explain(refused.limit, refused.amount, outcome.value.account, nowMs);
    }
  }
  return reservation;
}

/** Gives everything back that a call holds. Repeating it changes nothing. */
export async function release(
  { requestId, holds }: Reservation,
  { accounts }: Pick<ReserveParts, "accounts">,
): Promise<void> {
  await Promise.all(
    holds.map(({ accountId, amount }) => accounts.settle(accountId, { requestId, amount }, 0n)),
  );
}

function explain(limit: Limit, needed: bigint, account: Account | undefined, nowMs: number): Refusal {
  const remaining = account ? account.available : limit.amount;
  const left = remaining > 0n ? remaining : 0n;
  const resetsAt = new Date(limit.window.endMs).toISOString();
  const secondsToReset = Math.max(1, Math.ceil((limit.window.endMs - nowMs) / 1000));
  if (limit.unit === "requests") {
    return refusal({
      code: "rate_limited",
      message: `The limit of ${limit.amount} requests per minute is used up. Retry in ${secondsToReset} s.`,
      retryAfterSeconds: secondsToReset,
      details: { limitRequests: limit.amount.toString(), remainingRequests: left.toString(), resetsAt },
    });
  }
  const capUsd = formatUsd(account?.limit ?? limit.amount);
  return refusal({
    code: "budget_exceeded",
    message:
      `This call could cost up to $${formatUsd(needed)}, but $${formatUsd(left)} of the monthly cap of ` +
      `$${capUsd} is left. Lower max_tokens, or wait for ${resetsAt}, or ask for a higher cap.`,
    details: {
      capUsd,
      remainingUsd: formatUsd(left),
      neededUsd: formatUsd(needed),
      window: limit.window.label,
      resetsAt,
    },
  });
}
