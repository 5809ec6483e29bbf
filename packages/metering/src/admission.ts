/** Port: lets calls through under every limit, and settles them. */
import type {
  ApiKeyId,
  LimitId,
  LimitScope,
  LimitUnit,
  LimitWindow,
  ModelId,
  NanoUsd,
  PlatformLimits,
  Problem,
  Refusal,
  RequestId,
  Tenant,
  TenantId,
} from "@caprock/domain";
import type { GrantId, HeldAmount } from "./account-store.ts";
import type { LedgerEntry } from "./ledger-store.ts";
import { worstCaseOf } from "./wanted-amounts.ts";

/** A call that wants to be let through, and the most that it can use. */
export interface AdmissionRequest {
  /** Tells when the call arrived, which decides the month that pays, as it does the month of the ledger entry. */
  readonly requestId: RequestId;
  readonly tenant: Tenant;
  readonly platform: PlatformLimits;
  readonly apiKeyId: ApiKeyId;
  readonly application: string;
  readonly modelId: ModelId;
  readonly worstCaseNanoUsd: NanoUsd;
  readonly worstCaseTokens: number;
  /** Whether more may have to be held while the call runs; see `extend`. */
  readonly extends?: boolean;
  /** For work that no request waits for: it asks for money alone, so that it is in no request's way. */
  readonly moneyOnly?: boolean;
}

/** The most that a call can use, as far as it may run. */
export type WorstCaseUse = Pick<AdmissionRequest, "worstCaseNanoUsd" | "worstCaseTokens">;

/** What a call holds after it asked for more; `refused` when it does not hold all that it asked for. */
export interface Extension {
  readonly reservation: Reservation;
  readonly refused?: Problem;
}

/** How a limit stands once a call has been let through, for the caller to see. */
export interface LimitStanding {
  readonly limitId: LimitId;
  readonly scope: LimitScope;
  readonly unit: LimitUnit;
  readonly window?: LimitWindow;
  readonly amount: bigint;
  readonly remaining: bigint;
  /** When the window ends (epoch milliseconds); absent for concurrency. */
  readonly resetsAtMs?: number;
}

/** What one call holds on one account. */
export interface ReservedAmount extends Omit<HeldAmount, "requestId"> {
  readonly accountId: string;
  readonly unit: LimitUnit;
}

/** What a call holds, until it is settled or released. */
export interface Reservation {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly holds: readonly ReservedAmount[];
  /** The grant that covers all of it; absent when the call has holds of its own. */
  readonly grantId?: GrantId;
  readonly standings: readonly LimitStanding[];
}

export interface Admission {
  /**
   * Holds one request, one running call, and the worst case in money and tokens on every account that the call
   * counts to; where that is nothing it asks nothing of an account. Refuses with `rate_limited` or `budget_exceeded`; then nothing stays held.
   */
  reserve(request: AdmissionRequest): Promise<Reservation | Refusal>;
  /**
   * Holds more for a call that was let through with `extends`, up to a greater worst case. It is refused when an
   * account has not enough left, and when an account could not be asked.
   */
  extend(reservation: Reservation, upTo: WorstCaseUse): Promise<Extension>;
  /**
   * Settles a call whose entry is final, or estimated; resolves when the entry is in the ledger. An estimated cost
   * stays unresolved where an invocation log can correct it: then `atMost`, the most that the call can have used, stays
   * held. It is charged as it is where no log can.
   */
  settle(reservation: Reservation, entry: LedgerEntry, atMost?: WorstCaseUse): Promise<void>;
  /** Ends a call that costs nothing and has no entry: it counts as a request, and runs no more. */
  settleFree(reservation: Reservation): Promise<void>;
  /**
   * For a call that may have run although nothing is known of it: the money and tokens that it holds stay set
   * aside, unbilled, until the invocation log or an operator says more.
   */
  leaveUnresolved(reservation: Reservation): Promise<void>;
  /** Gives everything back that a call holds: it did not run. */
  release(reservation: Reservation): Promise<void>;
  /** For a process that stops: resolves when nothing is left to write, and gives back what it holds for calls to come. */
  close(): Promise<void>;
}

/** What an entry uses of an account that counts in `unit`. */
export function usedOf(
  unit: LimitUnit,
  { costNanoUsd, usage, aside }: Pick<LedgerEntry, "costNanoUsd" | "usage" | "aside">,
): bigint {
  switch (unit) {
    case "nanoUsd":
      return costNanoUsd;
    case "tokens":
      return BigInt(Object.values(usage).reduce((sum, count) => sum + count, 0));
    case "requests":
      return aside ? 0n : 1n;
    case "concurrency":
      return 0n;
  }
}

/** What stays held on an account for an estimated entry: what the call can have used, or at least the estimate. */
export function keptOf(
  { unit, amount }: Pick<ReservedAmount, "unit" | "amount">,
  estimate: LedgerEntry,
  atMost: WorstCaseUse | undefined,
): bigint {
  const most = atMost === undefined ? usedOf(unit, estimate) : worstCaseOf(unit, atMost);
  if (most > amount) {
    return amount;
  }
  return most;
}
