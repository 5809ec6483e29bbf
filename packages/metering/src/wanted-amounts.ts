/** What a call asks of each account that it counts to. */
import type { LimitUnit } from "@caprock/domain";
import type { AdmissionRequest, WorstCaseUse } from "./admission.ts";
import type { Limit } from "./limits.ts";

export interface WantedAmount {
  readonly limit: Limit;
  readonly amount: bigint;
}

/** One request, one running call, and the worst case in money and tokens, where there is any; or the money alone. */
export function wantedAmounts(request: AdmissionRequest, limits: readonly Limit[]): readonly WantedAmount[] {
  return limits
    .filter(({ unit }) => unit === "nanoUsd" || !request.moneyOnly)
    .map((limit) => ({ limit, amount: worstCaseOf(limit.unit, request) }))
    .filter(({ amount }) => amount > 0n);
}

/** The most that a call can use of an account that counts in `unit`. */
export function worstCaseOf(unit: LimitUnit, { worstCaseNanoUsd, worstCaseTokens }: WorstCaseUse): bigint {
  switch (unit) {
    case "nanoUsd":
      return worstCaseNanoUsd;
    case "tokens":
      return BigInt(worstCaseTokens);
    case "requests":
    case "concurrency":
      return 1n;
  }
}

/** Whether the unit's use is known when a call ends, even if what it cost is not. */
export function isKnownAtOnce(unit: LimitUnit): boolean {
  return unit === "requests" || unit === "concurrency";
}
