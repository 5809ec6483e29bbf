/** Tells unusual spend from usual spend. */
import type { NanoUsd } from "@caprock/domain";

/** What was usual, and the most that still counts as usual. */
export interface Anomaly {
  readonly medianNanoUsd: NanoUsd;
  readonly boundNanoUsd: NanoUsd;
}

/** With fewer earlier values than this nothing counts as unusual. */
const leastHistory = 7;

/**
 * Iglewicz and Hoaglin's modified z-score ("How to Detect and Handle Outliers", ASQC 1993, section 3.3): a value x is
 * an outlier when 0.6745 (x - median) / MAD > 3.5, where MAD is the median of the absolute deviations from the
 * median. Medians, because yesterday's outlier must not hide today's. Only spend above the usual counts. Two floors
 * keep a quiet history from making noise out of nothing: the MAD is taken as a tenth of the median at least, and
 * only an excess above `floorNanoUsd` is alerted. Exact in integers; the bound is rounded down.
 */
export function findAnomaly(
  spentNanoUsd: NanoUsd,
  earlier: readonly NanoUsd[],
  floorNanoUsd: NanoUsd,
): Anomaly | undefined {
  if (earlier.length < leastHistory) {
    return undefined;
  }
  // Doubled, because the median of an even count lies between two integers.
  const median2 = doubledMedian(earlier);
  const deviations2 = earlier.map((value) => magnitude(2n * value - median2));
  const mad4 = doubledMedian(deviations2);
  const leastMad4 = median2 / 5n;
  const spread4 = mad4 > leastMad4 ? mad4 : leastMad4;
  // 0.6745 (x - m) > 3.5 s, with x - m in halves and s in quarters.
  const isOutlier = 2n * 6_745n * (2n * spentNanoUsd - median2) > 35_000n * spread4;
  const isWorthwhile = 2n * spentNanoUsd - median2 > 2n * floorNanoUsd;
  if (!isOutlier || !isWorthwhile) {
    return undefined;
  }
  const outlierBound = (2n * 6_745n * median2 + 35_000n * spread4) / (4n * 6_745n);
  const floorBound = (median2 + 2n * floorNanoUsd) / 2n;
  return {
    medianNanoUsd: median2 / 2n,
    boundNanoUsd: outlierBound > floorBound ? outlierBound : floorBound,
  };
}

/** Twice the median; 0 for no values. */
function doubledMedian(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0n;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n;
  return upper + lower;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
