import { noTokens } from "@caprock/domain";
import { expect, test } from "vitest";
import { z } from "zod";
import { measureRefusal, measureSettled } from "../metrics/measurement.ts";
import { MetricBuffer } from "../metrics/metric-buffer.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { EmfMetricSink } from "./metric-sink.ts";

/** CloudWatch user guide, "Embedded metric format specification". */
const number = z.number().refine(Number.isFinite);
const emfDocument = z
  .looseObject({
    _aws: z.object({
      Timestamp: z.int().positive(),
      CloudWatchMetrics: z.array(
        z.object({
          Namespace: z.string().min(1).max(1024),
          Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
          Metrics: z
            .array(z.object({ Name: z.string().min(1).max(1024), Unit: z.string() }))
            .min(1)
            .max(100),
        }),
      ),
    }),
  })
  .superRefine((document, context) => {
    for (const { Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      for (const { Name } of Metrics) {
        if (!z.union([number, z.array(number).min(1).max(100)]).safeParse(document[Name]).success) {
          context.addIssue(`${Name} has no numbers`);
        }
      }
      for (const name of Dimensions.flat()) {
        if (!z.string().min(1).max(1024).safeParse(document[name]).success) {
          context.addIssue(`${name} has no value`);
        }
      }
    }
  });

const requestId = "r0000000000000000000000000";
const atMs = Date.parse("2026-11-22T12:34:56.789Z");

async function write(fill: (buffer: MetricBuffer) => void, tenant = true) {
  const buffer = new MetricBuffer(10_000);
  fill(buffer);
  const lines: string[] = [];
  const cells = buffer
    .take()
    .cells.map(({ tenant: own, ...cell }) => ({ ...cell, ...(tenant ? { tenant: own } : {}) }));
  await new EmfMetricSink({ write: (line) => lines.push(line) }).send(cells as never);
  return lines.map((line) => {
    expect(line.endsWith("\n") && line.indexOf("\n") === line.length - 1).toBe(true);
    expect(line.length).toBeLessThan(1_000_000);
    return emfDocument.parse(JSON.parse(line));
  });
}

const entry = (more = {}) => ({
  ...ledgerEntry("t1", requestId, {
    modelId: "vendor.model-v1:0",
    usage: { ...noTokens, input: 12, output: 34 },
    costNanoUsd: 182_000n,
    firstTokenMs: 40,
    ...more,
  }),
  arrivedAtMs: atMs,
});

test("a call is one line that counts under model, tenant and both, at the minute it arrived in", async () => {
  const [document, ...others] = await write((buffer) => buffer.add(measureSettled(entry(), 900)));
  expect(others).toEqual([]);
  expect(document).toEqual({
    _aws: {
      Timestamp: Date.parse("2026-11-22T12:34:00Z"),
      CloudWatchMetrics: [
        {
          Namespace: "Caprock",
          Dimensions: [["Model"], ["Tenant"], ["Tenant", "Model"]],
          Metrics: expect.arrayContaining([
            { Name: "CostUsd", Unit: "None" },
            { Name: "Latency", Unit: "Milliseconds" },
            { Name: "InputTokens", Unit: "Count" },
          ]),
        },
      ],
    },
    Model: "vendor.model-v1:0",
    Tenant: "t1",
    InputTokens: 12,
    OutputTokens: 34,
    CostUsd: 0.000182,
    Requests: 1,
    Latency: 900,
    TimeToFirstToken: 40,
  });
});

test("where no series are kept by tenant, the line names none", async () => {
  const [document] = await write((buffer) => buffer.add(measureSettled(entry(), 900)), false);
  expect(document).not.toHaveProperty("Tenant");
  expect(document?._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([["Model"]]);
});

test("more latencies than a document takes go into several, and sums into one of them", async () => {
  const documents = await write((buffer) => {
    for (let index = 0; index < 250; index += 1) {
      buffer.add(measureSettled(entry(), index));
    }
  });
  expect(documents).toHaveLength(3);
  const latencies = documents.flatMap(({ Latency }) => Latency as number[]);
  expect(latencies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, index) => index));
  expect(documents.map(({ InputTokens }) => InputTokens)).toEqual([3_000, undefined, undefined]);
  expect(documents.flatMap(({ TimeToFirstToken }) => TimeToFirstToken as number[])).toHaveLength(250);
});

test("a refusal alone is a line with nothing but Throttles", async () => {
  const call = { tenantId: "t1", modelId: "m1", code: "rate_limited", arrivedAtMs: atMs } as const;
  const [document] = await write((buffer) => buffer.add(measureRefusal(call)));
  expect(document?._aws.CloudWatchMetrics[0]?.Metrics).toEqual([{ Name: "Throttles", Unit: "Count" }]);
});
