import { ManualClock, newRequestId, noTokens } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerRange } from "../ledger-store.ts";
import { agentCoreMemoryId } from "../price-book/index.ts";
import { queryUsage, type UsageDimension, type UsageQuery } from "../reports/query-usage.ts";
import { rollUpUsage } from "../reports/roll-up-usage.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { type OpenMetrics, openMetrics } from "../testing/metrics-on-cloudwatch.ts";
import { compareSources } from "./compare-sources.ts";
import { MeasuredLedger } from "./measured-ledger.ts";
import { queryMetricUsage } from "./query-metric-usage.ts";

const timeoutMs = 60_000;
const hourMs = 3_600_000;
// Los Angeles leaves daylight saving time on 2026-11-01: that day has 25 hours, one of them twice.
const endMs = Date.parse("2026-11-04T00:00:00Z");
const clock = new ManualClock(endMs);
const tenants = [
  { id: "t000000000001", name: "One", timeZone: "America/Los_Angeles" },
  { id: "t000000000002", name: "Two", timeZone: "Asia/Kolkata" },
  { id: "t000000000003", name: "Three", timeZone: "UTC" },
];
const modelIds = ["vendor.small", "vendor.large", "vendor.unused"];
const ledger = new MemoryLedgerStore();

let open: OpenMetrics;
beforeAll(async () => {
  open = await openMetrics(clock);
  const metrics = open.callMetrics();
  const measured = new MeasuredLedger({ ledger, metrics, settlesCalls: true });
  // Five days, at steps that fall on every quarter of an hour and between them.
  for (let index = 0; index < 400; index += 1) {
    clock.set(endMs - 120 * hourMs + index * 17.5 * 60_000 + index);
    const entry = ledgerEntry(tenants[index % 3]!.id, newRequestId(clock, systemRandom), {
      modelId: modelIds[index % 2]!,
      // Beside calls of models, what is done to long-term memory.
      ...(index % 11 === 0 && { modelId: agentCoreMemoryId, aside: true }),
      usage: { ...noTokens, input: 1_000 + index, output: index, cacheRead: index % 5 },
      costNanoUsd: 1_234_567n * BigInt(index + 1),
      estimated: index % 7 === 0,
    });
    await measured.record(entry);
    if (index % 14 === 0) {
      const usage = { ...entry.usage, output: entry.usage.output + 3, input: 900 };
      await measured.correct({ ...entry, usage, costNanoUsd: entry.costNanoUsd - 1_000n, estimated: false });
    }
  }
  clock.set(endMs);
  await metrics.flush();
}, timeoutMs);
afterAll(() => open?.close());

const ask = (query: Partial<UsageQuery>): UsageQuery => ({
  window: { fromDay: "2026-10-31", toDay: "2026-11-03" },
  groupBy: [],
  maxRows: 10_000,
  ...query,
});
const parts = () => ({ metricUsage: open.usage, cardinality: "all" as const, modelIds });
const ledgerParts = { ledger, rollUps: new MemoryRollUpStore(), adjustments: { async *ofCalls() {} } };

const asked: { groupBy: UsageDimension[]; timeZone: string | undefined }[] = [
  { groupBy: [], timeZone: undefined },
  { groupBy: ["tenant"], timeZone: "America/Los_Angeles" },
  { groupBy: ["model"], timeZone: "Asia/Kolkata" },
  { groupBy: ["tenant", "model"], timeZone: "UTC" },
  { groupBy: ["day"], timeZone: "Asia/Kolkata" },
  { groupBy: ["tenant", "day"], timeZone: undefined },
  { groupBy: ["hour", "model"], timeZone: "America/Los_Angeles" },
  { groupBy: ["tenant", "model", "hour"], timeZone: undefined },
];
test.each(asked)(
  "grouped by $groupBy in the zone $timeZone, CloudWatch reports what the ledger does",
  { timeout: timeoutMs },
  async ({ groupBy, timeZone }) => {
    const query = ask({ groupBy, timeZone });
    const expected = await queryUsage(query, tenants, ledgerParts);
    const read = await queryMetricUsage(query, tenants, parts());
    if ("refused" in expected || "refused" in read) {
      throw new Error("refused");
    }
    const sums = ({ group, requests, tokens }: (typeof read.rows)[number]) => ({ group, requests, tokens });
    const byGroup = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(read.rows.map(sums).sort(byGroup)).toEqual(expected.rows.map(sums).sort(byGroup));
    expect(read.totals.requests).toBeGreaterThan(100);
    // To a billionth; these sums are small enough to be exact.
    expect(read.totals.costNanoUsd).toBe(expected.totals.costNanoUsd);
  },
);

test("filters by tenant and model hold", { timeout: timeoutMs }, async () => {
  const query = ask({
    groupBy: ["tenant", "model"],
    filter: { tenant: [tenants[1]!.id], model: [modelIds[0]!] },
  });
  const expected = await queryUsage(query, tenants, ledgerParts);
  const read = await queryMetricUsage(query, tenants, parts());
  expect(read).toMatchObject({ rows: [{ group: { tenant: tenants[1]!.id, model: modelIds[0] } }] });
  expect("rows" in read && "rows" in expected && read.totals.requests === expected.totals.requests).toBe(
    true,
  );
});

test("what metrics do not tell is refused, not guessed", async () => {
  expect(await queryMetricUsage(ask({ groupBy: ["key"] }), tenants, parts())).toMatchObject({
    refused: { code: "invalid_request", message: expect.stringContaining("by key") },
  });
  const off = { ...parts(), cardinality: "off" as const };
  expect(await queryMetricUsage(ask({ groupBy: ["tenant"] }), tenants, off)).toHaveProperty("refused");
  expect(await queryMetricUsage(ask({ groupBy: ["model"], timeZone: "UTC" }), tenants, off)).toHaveProperty(
    "rows",
  );
  expect(await queryMetricUsage(ask({ groupBy: ["hour"], maxRows: 5 }), tenants, parts())).toHaveProperty(
    "refused",
  );
});

test("compared entry by entry the two agree, with tenants' own series and without", {
  timeout: timeoutMs,
}, async () => {
  const query = { tenantIds: tenants.map(({ id }) => id), modelIds: [], startMs: endMs - 96 * hourMs, endMs };
  const compare = (cardinality: "all" | "top") =>
    compareSources(query, { ...ledgerParts, metricUsage: open.usage, cardinality });
  const [byTenant, byModel] = [await compare("all"), await compare("top")];
  expect(byTenant).toHaveLength(9);
  expect(byModel).toHaveLength(3);
  for (const rows of [byTenant, byModel]) {
    expect("refused" in rows || rows.every(({ agrees }) => agrees)).toBe(true);
  }
});

test("hours that are rolled up are compared by their cells, without reading their entries", {
  timeout: timeoutMs,
}, async () => {
  const rollUps = new MemoryRollUpStore();
  const createdAtMs = endMs - 120 * hourMs;
  await rollUpUsage({
    ledger,
    rollUps,
    tenants: async () => tenants.map(({ id }) => ({ id, createdAtMs })),
    clock,
    maxHours: 1_000,
    onFailure: (what, error) => expect.fail(`${what}: ${error}`),
  });
  const progress = await rollUps.readProgress(tenants[0]!.id);
  const rolledUntilMs = progress!.untilMs;
  const read: number[] = [];
  const watched = {
    list: (tenantId: string, range: LedgerRange) => {
      read.push(range.startMs);
      return ledger.list(tenantId, range);
    },
  };
  const query = { tenantIds: tenants.map(({ id }) => id), modelIds: [], startMs: endMs - 96 * hourMs, endMs };
  const parts = { ledger: watched, rollUps, metricUsage: open.usage, cardinality: "all" as const };
  const rows = await compareSources(query, parts);
  expect("refused" in rows || rows.every(({ agrees }) => agrees)).toBe(true);
  expect(rows).toHaveLength(9);
  expect(read.length).toBeGreaterThan(0);
  expect(Math.min(...read)).toBeGreaterThanOrEqual(rolledUntilMs);
});
