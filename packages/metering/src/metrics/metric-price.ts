/** What custom metrics cost a month: CloudWatch bills every distinct set of dimensions of every metric. */
import { divideRoundingUp, type NanoUsd, parseUsd } from "@caprock/domain";
import { dimensionSets, metricTable } from "./metric-table.ts";
import type { CardinalityPolicy } from "./tenant-labels.ts";

/**
 * Tiers of a region's custom metrics, per metric and month (Amazon CloudWatch pricing, us-east-1, read 2026-11-22).
 * The last one has no end.
 */
const tiers = [
  { upTo: 10_000, each: parseUsd("0.30") },
  { upTo: 250_000, each: parseUsd("0.10") },
  { upTo: 1_000_000, each: parseUsd("0.05") },
  { upTo: Number.POSITIVE_INFINITY, each: parseUsd("0.02") },
] as const;

/** PutMetricData calls, and metrics asked for with GetMetricData: a thousand (same source). */
const thousandCalls = parseUsd("0.01");
const thousandMetricsRead = parseUsd("0.01");

/** The price of `series` that have data the whole month; AWS bills the hours in which a series has any. */
export function monthlyMetricPrice(series: number): NanoUsd {
  let price = 0n;
  let from = 0;
  for (const { upTo, each } of tiers) {
    price += BigInt(Math.max(0, Math.min(series, upTo) - from)) * each;
    from = upTo;
  }
  return price;
}

/** Of so many PutMetricData calls, rounded up. */
export function putCallsPrice(calls: number): NanoUsd {
  return divideRoundingUp(BigInt(calls) * thousandCalls, 1_000n);
}

/** Of asking for so many metrics, rounded up. */
export function metricsReadPrice(metrics: number): NanoUsd {
  return divideRoundingUp(BigInt(metrics) * thousandMetricsRead, 1_000n);
}

/** The most series that a policy makes: as if every tenant used every model and every metric had data. */
export function seriesUnder(
  { cardinality, topTenants }: CardinalityPolicy,
  tenants: number,
  models: number,
): number {
  const labels = {
    all: tenants,
    top: Math.min(topTenants, tenants) + (tenants > topTenants ? 1 : 0),
    off: 0,
  }[cardinality];
  const sets = dimensionSets.map(
    (names) => (names.includes("Tenant") ? labels : 1) * (names.includes("Model") ? models : 1),
  );
  return sets.reduce((sum, count) => sum + count, 0) * Object.keys(metricTable).length;
}
