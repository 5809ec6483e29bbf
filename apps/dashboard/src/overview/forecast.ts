/** Adds up what tenants are expected to have spent at the end of their months. */
import type { SpendForecastView } from "@caprock/contract";
import { nanoUsdOf } from "../format/money.ts";

export interface ForecastSum {
  readonly costNanoUsd: bigint;
  /** If every tenant came out at the lower edge of its range, and at the upper one: wider than 8 of 10. */
  readonly lowNanoUsd: bigint;
  readonly highNanoUsd: bigint;
  readonly capNanoUsd: bigint;
  /** Tenants whose history is too short; what they have spent so far is in the sums. */
  readonly withoutOutlook: number;
}

export function sumForecasts(forecasts: readonly SpendForecastView[]): ForecastSum {
  const nothing = { costNanoUsd: 0n, lowNanoUsd: 0n, highNanoUsd: 0n, capNanoUsd: 0n, withoutOutlook: 0 };
  return forecasts.reduce<ForecastSum>((sum, { outlook, spentUsd, capUsd }) => {
    const { costUsd, lowUsd, highUsd } = outlook ?? {
      costUsd: spentUsd,
      lowUsd: spentUsd,
      highUsd: spentUsd,
    };
    return {
      costNanoUsd: sum.costNanoUsd + nanoUsdOf(costUsd),
      lowNanoUsd: sum.lowNanoUsd + nanoUsdOf(lowUsd),
      highNanoUsd: sum.highNanoUsd + nanoUsdOf(highUsd),
      capNanoUsd: sum.capNanoUsd + nanoUsdOf(capUsd),
      withoutOutlook: sum.withoutOutlook + (outlook ? 0 : 1),
    };
  }, nothing);
}

/** Those that will reach their cap first, then the dearest; those that nothing can be said of last. */
export function byUrgency(a: SpendForecastView, b: SpendForecastView): number {
  const exhaustedAt = ({ outlook }: SpendForecastView) => outlook?.exhaustedAt ?? "9999";
  const cost = ({ outlook }: SpendForecastView) => (outlook ? nanoUsdOf(outlook.costUsd) : -1n);
  if (exhaustedAt(a) !== exhaustedAt(b)) {
    return exhaustedAt(a) < exhaustedAt(b) ? -1 : 1;
  }
  return cost(a) === cost(b) ? 0 : cost(a) < cost(b) ? 1 : -1;
}
