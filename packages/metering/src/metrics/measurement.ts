/** What one call adds to the metrics. */
import type { ModelId, TenantId, TokenClass } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import type { RefusedCall } from "./call-metrics.ts";
import type { MetricName } from "./metric-table.ts";

export interface Measurement {
  readonly tenantId: TenantId;
  readonly modelId: ModelId;
  /** When the call arrived. */
  readonly atMs: number;
  /** Integers, in the metric's parts. What is zero is left out: it would make a series that costs and says nothing. */
  readonly values: ReadonlyMap<MetricName, number>;
}

export const metricOfTokens: Readonly<Record<TokenClass, MetricName>> = {
  input: "InputTokens",
  cacheRead: "CacheReadTokens",
  cacheWrite5m: "CacheWrite5mTokens",
  cacheWrite1h: "CacheWrite1hTokens",
  output: "OutputTokens",
};

export function measureSettled(entry: LedgerEntry, latencyMs: number | undefined): Measurement {
  if (entry.aside) {
    return measure(entry, sumsOf(entry));
  }
  return measure(entry, [
    ["Requests", 1],
    ...sumsOf(entry),
    // A first token, or an end, in the same millisecond as the arrival was measured all the same.
    ...(latencyMs === undefined ? [] : ([["Latency", latencyMs]] as const)),
    ...(entry.firstTokenMs === undefined ? [] : ([["TimeToFirstToken", entry.firstTokenMs]] as const)),
  ]);
}

/** The request has been counted, and its latency does not change; the rest may go either way. */
export function measureCorrection(before: LedgerEntry, after: LedgerEntry): Measurement {
  const earlier = new Map(sumsOf(before));
  const later = new Map(sumsOf(after));
  const names = new Set([...earlier.keys(), ...later.keys()]);
  return measure(
    after,
    [...names]
      .map((name) => [name, (later.get(name) ?? 0) - (earlier.get(name) ?? 0)] as const)
      .filter(([, difference]) => difference !== 0),
  );
}

export function measureRefusal({ tenantId, modelId, arrivedAtMs }: RefusedCall): Measurement {
  return measure({ tenantId, modelId, arrivedAtMs }, [["Throttles", 1]]);
}

function sumsOf({ usage, costNanoUsd }: LedgerEntry): (readonly [MetricName, number])[] {
  const tokens = Object.entries(metricOfTokens).map(
    ([tokenClass, name]) => [name, usage[tokenClass as TokenClass]] as const,
  );
  return [...tokens, ["CostUsd", Number(costNanoUsd)] as const].filter(([, value]) => value !== 0);
}

function measure(
  { tenantId, modelId, arrivedAtMs }: Pick<LedgerEntry, "tenantId" | "modelId" | "arrivedAtMs">,
  values: readonly (readonly [MetricName, number])[],
): Measurement {
  return { tenantId, modelId, atMs: arrivedAtMs, values: new Map(values) };
}
