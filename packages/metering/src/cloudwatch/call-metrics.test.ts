import { ManualClock, newRequestId, noTokens } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LedgerEntry } from "../ledger-store.ts";
import type { MetricUsageRow } from "../metrics/index.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenMetrics, openMetrics } from "../testing/metrics-on-cloudwatch.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const clock = new ManualClock(startMs);

let open: OpenMetrics;
// A tenant and a model of its own for each test: they share one CloudWatch.
let tests = 0;
const names = () => {
  tests += 1;
  return { tenantId: `t${tests}`, modelId: `vendor.model-${tests}` };
};
beforeAll(async () => {
  open = await openMetrics(clock);
}, timeoutMs);
afterEach(() => {
  open.awsLocal.clearFaults();
  open.reports.length = 0;
  clock.set(startMs);
});
afterAll(() => open?.close());

function entryOf(
  { tenantId, modelId }: ReturnType<typeof names>,
  more: Partial<LedgerEntry> = {},
): LedgerEntry {
  return ledgerEntry(tenantId, newRequestId(clock, systemRandom), { modelId, ...more });
}

async function read(
  { tenantId, modelId }: { tenantId: string; modelId: string },
  edgesMs: readonly number[] = [startMs - 13 * dayMs, startMs + hourMs],
): Promise<readonly MetricUsageRow[]> {
  const rows = await open.usage.read({
    by: "tenant-model",
    edgesMs,
    tenantIds: [tenantId],
    modelIds: [modelId],
  });
  if ("refused" in rows) {
    throw new Error(rows.refused.message);
  }
  return rows;
}

test("what is noted is read back by tenant and model, in the bucket in which the call arrived", {
  timeout: timeoutMs,
}, async () => {
  const own = names();
  const metrics = open.callMetrics();
  clock.set(startMs - 2 * hourMs + 1);
  metrics.settled(entryOf(own), 900);
  clock.set(startMs - 1);
  metrics.settled(entryOf(own), 100);
  metrics.settled(
    entryOf(own, { usage: { input: 1, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4, output: 5 } }),
    1,
  );
  clock.set(startMs);
  await metrics.flush();
  const edges = [startMs - 2 * hourMs, startMs - hourMs, startMs];
  const sums = (n: number) => ({ requests: n, costNanoUsd: BigInt(n) * 182_000n });
  expect(await read(own, edges)).toEqual([
    { startMs: edges[0], ...own, ...sums(1), usage: { ...noTokens, input: 12, output: 34 } },
    {
      startMs: edges[1],
      ...own,
      ...sums(2),
      usage: { input: 13, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4, output: 39 },
    },
  ]);
  for (const by of ["tenant", "model"] as const) {
    const rows = await open.usage.read({
      by,
      edgesMs: [edges[0]!, edges[2]!],
      tenantIds: [own.tenantId],
      modelIds: [own.modelId],
    });
    expect(rows).toMatchObject([sums(3)]);
  }
});

test("a correction counts at the call's arrival, down as well as up", { timeout: timeoutMs }, async () => {
  const own = names();
  const metrics = open.callMetrics();
  const before = entryOf(own, { estimated: true });
  metrics.settled(before, 10);
  await metrics.flush();
  clock.advance(26 * hourMs);
  metrics.corrected(before, {
    ...before,
    usage: { ...noTokens, input: 15, output: 30 },
    costNanoUsd: 165_000n,
  });
  await metrics.flush();
  expect(await read(own, [startMs, startMs + 60_000])).toMatchObject([
    { requests: 1, costNanoUsd: 165_000n, usage: { ...noTokens, input: 15, output: 30 } },
  ]);
});

test("a throttled flush keeps everything, and counts it once", { timeout: timeoutMs }, async () => {
  const own = names();
  const metrics = open.callMetrics();
  metrics.settled(entryOf(own), 10);
  open.awsLocal.addFault({ service: "cloudwatch", operation: "PutMetricData", kind: "throttle" });
  await metrics.flush();
  expect(open.reports).toEqual(["sending metrics"]);
  expect(await read(own)).toEqual([]);
  metrics.settled(entryOf(own), 10);
  await metrics.flush();
  expect(await read(own)).toMatchObject([{ requests: 2, costNanoUsd: 364_000n }]);
});

test("closing tries again, so that a process that stops leaves nothing behind", {
  timeout: timeoutMs,
}, async () => {
  const own = names();
  const metrics = open.callMetrics();
  metrics.settled(entryOf(own), 10);
  open.awsLocal.addFault({ service: "cloudwatch", operation: "PutMetricData", kind: "throttle", count: 2 });
  await metrics.close();
  expect(await read(own)).toMatchObject([{ requests: 1 }]);
});

test("a lost answer is sent again and counts twice: at least once, as the page says", {
  timeout: timeoutMs,
}, async () => {
  const own = names();
  const metrics = open.callMetrics();
  metrics.settled(entryOf(own), 10);
  open.awsLocal.addFault({ service: "cloudwatch", operation: "PutMetricData", kind: "lostAnswer" });
  await metrics.flush();
  await metrics.flush();
  expect(await read(own)).toMatchObject([{ requests: 2 }]);
});

test("data that CloudWatch takes no more is reported as lost, and does not take the rest with it", {
  timeout: timeoutMs,
}, async () => {
  const own = names();
  const metrics = open.callMetrics();
  clock.set(startMs - 15 * dayMs);
  metrics.settled(entryOf(own), 10);
  clock.set(startMs);
  metrics.settled(entryOf(own), 10);
  await metrics.flush();
  expect(open.reports).toEqual([expect.stringMatching(/^lost \d+ data$/)]);
  expect(await read(own)).toMatchObject([{ requests: 1 }]);
});

test("what does not fit into memory is reported as lost; what is there already goes on counting", {
  timeout: timeoutMs,
}, async () => {
  const [own, other] = [names(), names()];
  // Room for one call: requests, tokens of two classes, cost, a latency.
  const metrics = open.callMetrics(undefined, 5);
  metrics.settled(entryOf(own), 10);
  metrics.settled(entryOf(own), 10);
  metrics.settled(entryOf(other), 10);
  await metrics.flush();
  expect(open.reports).toEqual(["5 values, for which there was no room"]);
  expect(await read(own)).toMatchObject([{ requests: 2 }]);
  expect(await read(other)).toEqual([]);
});

test("tenants below the top are summed under `other`, and off sends totals by model alone", {
  timeout: timeoutMs,
}, async () => {
  const { modelId } = names();
  const top = open.callMetrics({ cardinality: "top", topTenants: 1 });
  for (const tenantId of ["t1", "quiet-1", "quiet-2"]) {
    top.settled(entryOf({ tenantId, modelId }), 10);
  }
  await top.flush();
  const tenants = ["t1", "quiet-1", "quiet-2"];
  const query = { edgesMs: [startMs, startMs + hourMs], tenantIds: tenants, modelIds: [modelId] };
  expect(await open.usage.read({ ...query, by: "tenant-model" })).toMatchObject([
    { tenantId: "other", requests: 2 },
    { tenantId: "t1", requests: 1 },
  ]);
  const off = open.callMetrics({ cardinality: "off", topTenants: 1 });
  const unseen = names();
  off.settled(entryOf(unseen), 10);
  await off.flush();
  expect(await read(unseen)).toEqual([]);
  expect(await open.usage.read({ ...query, by: "model", modelIds: [unseen.modelId] })).toMatchObject([
    { requests: 1 },
  ]);
});

test("series and models in use are counted from what CloudWatch lists", { timeout: timeoutMs }, async () => {
  const before = await open.usage.countSeries();
  const own = names();
  const metrics = open.callMetrics();
  metrics.settled(entryOf(own), 10);
  await metrics.flush();
  // Requests, tokens of two classes, cost and latency, under three sets of dimensions.
  expect(await open.usage.countSeries()).toEqual({ series: before.series + 15, models: before.models + 1 });
});

test("a range is read in the longest period that its edges allow, and refused where data is kept too coarsely", {
  timeout: timeoutMs,
}, async () => {
  const own = names();
  const ask = (edgesMs: number[]) =>
    open.usage.read({ by: "model", edgesMs, tenantIds: [], modelIds: [own.modelId] });
  const kolkataMidnight = Date.parse("2026-08-31T18:30:00Z");
  expect(await ask([kolkataMidnight, kolkataMidnight + dayMs])).toMatchObject({
    refused: { code: "invalid_request" },
  });
  expect(await ask([kolkataMidnight + 40 * dayMs, startMs])).toEqual([]);
  expect(await ask([startMs - 500 * dayMs, startMs])).toMatchObject({ refused: { param: "source" } });
});
