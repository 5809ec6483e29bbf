import { ManualClock, newRequestId, noTokens, parseUsd, type Tenant, type TokenUsage } from "@caprock/domain";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Adjustment } from "../adjustments/adjustment-store.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { agentCoreMemoryId, type ModelPrice, priceUsage } from "../price-book/index.ts";
import { charged } from "../receipt.ts";
import { collect } from "../testing/collect.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryAdjustmentStore } from "../testing/memory-adjustment-store.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { tenantWith } from "../testing/tenant-with.ts";
import { writeCsv } from "./csv.ts";
import { exportFocus } from "./export-focus.ts";
import { shareOfLines } from "./share-cost.ts";

const timeoutMs = 60_000;
const tenant: Tenant = { ...tenantWith("t1"), name: '=HYPERLINK("x")', timeZone: "America/Los_Angeles" };
const price: ModelPrice = {
  priceBookVersion: "2026-11-22",
  modelId: "vendor.model",
  serviceTier: "default",
  tokenRates: { input: 3_000_000_001n, output: 15_000_000_007n, cacheRead: 300_000_003n },
  unitRates: { image: 40_000_000n },
  source: "made up",
};

function entryAt(at: string, usage: TokenUsage, wanted: Partial<LedgerEntry> = {}, images = 0): LedgerEntry {
  const requestId = newRequestId(new ManualClock(Date.parse(at)), {
    bytes: (count) => new Uint8Array(count).fill(1),
  });
  const priced = priceUsage(price, usage, { image: images });
  return ledgerEntry("t1", requestId, {
    usage,
    lines: priced.lines,
    unitLines: priced.unitLines,
    listCostNanoUsd: priced.costNanoUsd,
    markupBasisPoints: 1_500,
    costNanoUsd: charged(priced.costNanoUsd, 1_500),
    ...wanted,
  });
}

async function rowsOf(entries: readonly LedgerEntry[], adjustments: readonly Adjustment[] = []) {
  const ledger = new MemoryLedgerStore();
  await ledger.recordAll(entries);
  const store = new MemoryAdjustmentStore();
  await Promise.all(adjustments.map((adjustment) => store.post(adjustment)));
  const text = await collect(
    exportFocus("2026-11", [tenant], {
      ledger,
      rollUps: new MemoryRollUpStore(),
      adjustments: store,
      publisherOf: () => "Vendor",
      region: "us-east-1",
    }),
  );
  return parse(text.join(""), { columns: true }) as Record<string, string>[];
}

const sum = (rows: readonly Record<string, string>[], column: string) =>
  rows.reduce((total, row) => total + parseUsd(row[column] ?? ""), 0n);

test("shares of any cost sum to it, and each is less than two nano from its exact price", () => {
  const count = fc.integer({ min: 0, max: 300_000 });
  const usage = fc.record({
    input: count,
    cacheRead: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    output: count,
  });
  fc.assert(
    fc.property(
      usage,
      fc.nat(3),
      fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n })),
      (used, images, cost) => {
        const entry = entryAt(
          "2026-11-03T00:00:00Z",
          used,
          cost === null ? {} : { costNanoUsd: cost },
          images,
        );
        const shares = shareOfLines(entry);
        const total = (field: "costNanoUsd" | "listCostNanoUsd") =>
          shares.reduce((all, share) => all + share[field], 0n);
        expect([total("costNanoUsd"), total("listCostNanoUsd")]).toEqual([
          entry.costNanoUsd,
          entry.listCostNanoUsd,
        ]);
        for (const { item, rateNanoUsd, quantity, listCostNanoUsd } of shares.filter(
          ({ item: of }) => of !== "other",
        )) {
          const exact = Number(BigInt(quantity) * rateNanoUsd) / (item === "image" ? 1 : 1e6);
          expect(Math.abs(Number(listCostNanoUsd) - exact)).toBeLessThan(2);
        }
        for (const [item, tokens] of Object.entries(used)) {
          expect(shares.find((share) => share.item === item)?.quantity ?? 0).toBe(tokens);
        }
      },
    ),
  );
});

test("a row is a day's tokens of one class, in UTC instants of the tenant's day, with the price of one token", {
  timeout: timeoutMs,
}, async () => {
  const usage = { input: 1_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 };
  const rows = await rowsOf([
    // Clocks go back on this day: it has 25 hours.
    entryAt("2026-11-01T07:00:00Z", usage),
    entryAt("2026-11-02T07:59:59Z", usage, { estimated: true }),
    entryAt("2026-11-02T08:00:00Z", usage),
    entryAt("2026-12-01T08:00:00Z", usage),
  ]);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    BilledCost: "0.006900004",
    BillingCurrency: "USD",
    BillingPeriodStart: "2026-11-01T07:00:00Z",
    BillingPeriodEnd: "2026-12-01T08:00:00Z",
    ChargePeriodStart: "2026-11-01T07:00:00Z",
    ChargePeriodEnd: "2026-11-02T08:00:00Z",
    ChargeCategory: "Usage",
    ChargeClass: "",
    ConsumedQuantity: "2000",
    ConsumedUnit: "Tokens",
    ContractedUnitPrice: "0.00000345000000115",
    ListCost: "0.006000002",
    ListUnitPrice: "0.000003000000001",
    PublisherName: "Vendor",
    SkuPriceId: "vendor.model/default/input/3000000001",
    SubAccountId: "t1",
    x_EstimatedCost: "0.003450002",
  });
});

test("a name that a spreadsheet would run is made text, and an amount below zero is not", async () => {
  const usage = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 };
  const rows = await rowsOf([
    entryAt("2026-11-03T00:00:00Z", usage, { application: '@app, "quoted"\r\n+x' }),
  ]);
  expect(rows[0]).toMatchObject({
    SubAccountName: `'=HYPERLINK("x")`,
    x_Application: `'@app, "quoted"\r\n+x`,
  });
  expect((await collect(writeCsv(["a"], [[-5n], ["-5"]]))).join("")).toBe("a\r\n-0.000000005\r\n'-5\r\n");
});

test("adjustments are rows of the month whose bill they are in; one of an earlier month is a correction", async () => {
  const adjustment = (
    id: string,
    arrived: string,
    billedMonth: string,
    deltaNanoUsd: bigint,
  ): Adjustment => ({
    adjustmentId: `${id}.0001`,
    requestId: id,
    tenantId: "t1",
    application: "default",
    apiKeyId: "k1",
    modelId: "vendor.model",
    serviceTier: "default",
    kind: "rerate",
    arrivedAtMs: Date.parse(arrived),
    postedAtMs: Date.parse("2026-11-20"),
    billedMonth,
    toPriceBookVersion: "2026-11-22",
    markupBasisPoints: 0,
    listDeltaNanoUsd: deltaNanoUsd,
    deltaNanoUsd,
    reason: "A lower price",
    author: "admin",
  });
  const rows = await rowsOf(
    [],
    [
      adjustment("req_1", "2026-10-20T00:00:00Z", "2026-11", -5n),
      adjustment("req_2", "2026-11-10T00:00:00Z", "2026-11", 7n),
      adjustment("req_3", "2026-11-10T00:00:00Z", "2026-12", 9n),
    ],
  );
  expect(
    rows.map((row) => [row.BilledCost, row.ChargeClass, row.ChargePeriodStart, row.x_AdjustmentId]),
  ).toEqual([
    ["-0.000000005", "Correction", "2026-10-19T07:00:00Z", "req_1.0001"],
    ["0.000000007", "", "2026-11-09T08:00:00Z", "req_2.0001"],
  ]);
});

test("the rows of a month sum to its entries, to the nano", { timeout: timeoutMs }, async () => {
  const count = fc.nat(100_000);
  const drawn = fc.sample(
    fc.record({
      atMs: fc.integer({ min: Date.parse("2026-10-31"), max: Date.parse("2026-12-02") }),
      usage: fc.record({
        input: count,
        cacheRead: count,
        cacheWrite5m: count,
        cacheWrite1h: count,
        output: count,
      }),
      images: fc.nat(2),
      application: fc.constantFrom("a", "b"),
    }),
    { numRuns: 300, seed: 7 },
  );
  const entries = drawn.map(({ atMs, usage, images, application }) =>
    entryAt(new Date(atMs).toISOString(), usage, { application }, images),
  );
  const inMonth = entries.filter(({ arrivedAtMs }) =>
    new Intl.DateTimeFormat("en-CA", { timeZone: tenant.timeZone }).format(arrivedAtMs).startsWith("2026-11"),
  );
  const rows = await rowsOf(entries);
  expect(sum(rows, "BilledCost")).toBe(inMonth.reduce((total, { costNanoUsd }) => total + costNanoUsd, 0n));
  expect(sum(rows, "ListCost")).toBe(inMonth.reduce((total, entry) => total + entry.listCostNanoUsd, 0n));
  for (const [item, meter] of [
    ["output", "Output tokens"],
    ["cacheWrite5m", "Cache write tokens, 5 minutes"],
  ] as const) {
    const tokens = rows
      .filter((row) => row.SkuMeter === meter)
      .reduce((total, row) => total + Number(row.ConsumedQuantity), 0);
    expect(tokens).toBe(inMonth.reduce((total, { usage }) => total + usage[item], 0));
  }
});

test("what long-term memory costs is a row of AgentCore's, by the piece", async () => {
  const rate = 250_000n;
  const rows = await rowsOf([
    entryAt("2026-11-10T12:00:00Z", noTokens, {
      modelId: agentCoreMemoryId,
      lines: [],
      unitLines: [{ unit: "memoryEvent", count: 3, rateNanoUsd: rate }],
      listCostNanoUsd: 3n * rate,
      costNanoUsd: 3n * rate,
      markupBasisPoints: 0,
      aside: true,
    }),
  ]);
  expect(rows).toMatchObject([
    {
      ServiceName: "Amazon Bedrock AgentCore",
      SkuMeter: "Memory events",
      ConsumedQuantity: "3",
      ConsumedUnit: "Events",
      ListUnitPrice: "0.00025",
      BilledCost: "0.000750000",
    },
  ]);
});
