import type { TokenUsage } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { measureCorrection, measureSettled } from "../metrics/measurement.ts";
import { MetricBuffer, type MetricCell, type Samples } from "../metrics/metric-buffer.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { metricBatches, metricData } from "./metric-data.ts";

const startMs = Date.parse("2026-11-22T12:00:00Z");
const requestId = "r0000000000000000000000000";

const usage: fc.Arbitrary<TokenUsage> = fc.record({
  input: fc.nat(200_000),
  cacheRead: fc.nat(3),
  cacheWrite5m: fc.constant(0),
  cacheWrite1h: fc.nat(2),
  output: fc.nat(64_000),
});
const call = fc.record({
  tenantId: fc.constantFrom("t1", "t2", "t3"),
  modelId: fc.constantFrom("m1", "m2"),
  arrivedAtMs: fc.integer({ min: startMs, max: startMs + 200_000 }),
  usage,
  costNanoUsd: fc.bigInt({ min: 0n, max: 90_000_000_000n }),
  latencyMs: fc.nat(30),
  corrected: fc.option(fc.record({ usage, costNanoUsd: fc.bigInt({ min: 0n, max: 90_000_000_000n }) })),
});

test("whatever is buffered and batched, each series adds up to what its calls used", () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 400 }), (calls) => {
      const buffer = new MetricBuffer(1_000_000);
      const expected = new Map<string, number>();
      const expect1 = (name: string, dimensions: string, value: number) => {
        if (value !== 0) {
          expected.set(`${name} ${dimensions}`, (expected.get(`${name} ${dimensions}`) ?? 0) + value);
        }
      };
      for (const { latencyMs, corrected, ...wanted } of calls) {
        const entry = { ...ledgerEntry(wanted.tenantId, requestId, wanted), arrivedAtMs: wanted.arrivedAtMs };
        const final = corrected ? { ...entry, ...corrected } : entry;
        buffer.add(measureSettled(entry, latencyMs));
        buffer.add(measureCorrection(entry, final));
        for (const dimensions of [wanted.modelId, wanted.tenantId, `${wanted.tenantId} ${wanted.modelId}`]) {
          expect1("InputTokens", dimensions, final.usage.input);
          expect1("CacheReadTokens", dimensions, final.usage.cacheRead);
          expect1("CacheWrite1hTokens", dimensions, final.usage.cacheWrite1h);
          expect1("OutputTokens", dimensions, final.usage.output);
          expect1("Requests", dimensions, 1);
          expect1("Latency", dimensions, latencyMs);
          expect1("CostUsd", dimensions, Number(final.costNanoUsd));
        }
      }
      const sent = new Map<string, number>();
      for (const { MetricName, Dimensions = [], StatisticValues, Values = [], Counts = [] } of metricData(
        buffer.take().cells,
      )) {
        const key = `${MetricName} ${Dimensions.map(({ Value }) => Value).join(" ")}`;
        const values = Values.reduce((sum, value, index) => sum + value * (Counts[index] ?? 0), 0);
        sent.set(key, (sent.get(key) ?? 0) + (StatisticValues?.Sum ?? values));
      }
      for (const key of new Set([...expected.keys(), ...sent.keys()])) {
        if (key.startsWith("CostUsd")) {
          const nano = expected.get(key) ?? 0;
          expect(Math.abs((sent.get(key) ?? 0) * 1e9 - nano), key).toBeLessThanOrEqual(
            Math.max(nano, 1) * 1e-9,
          );
        } else {
          expect(sent.get(key) ?? 0, key).toBe(expected.get(key) ?? 0);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("batches keep order and PutMetricData's limits: 1,000 data, 1 MB, 150 values", () => {
  // Many series, and one with more latencies than a megabyte holds.
  const buffer = new MetricBuffer(1_000_000);
  for (let index = 0; index < 500; index += 1) {
    buffer.add(measureSettled(ledgerEntry(`t${index}`, requestId), 1));
  }
  const latencies = Array.from({ length: 60_000 }, (_, index) => [100_000_000_000 + index, 1] as const);
  const spread: Samples = { count: 60_000, sum: 1, min: 0, max: 1, values: new Map(latencies) };
  const busy: MetricCell = {
    atMs: startMs,
    tenant: "busy",
    modelId: "vendor.model",
    samples: new Map([["Latency", spread]]),
  };
  const data = metricData([...buffer.take().cells, busy]);
  const batches = metricBatches(data);
  expect(batches.flat()).toEqual(data);
  expect(batches.some((batch) => batch.length === 1_000)).toBe(true);
  expect(batches.slice(0, -1).some((batch) => batch.length < 1_000)).toBe(true);
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(1_000);
    expect(JSON.stringify(batch).length).toBeLessThan(1_000_000);
    for (const { Values = [], Counts = [] } of batch) {
      expect(Values.length).toBeLessThanOrEqual(150);
      expect(Counts.length).toBe(Values.length);
    }
  }
});
