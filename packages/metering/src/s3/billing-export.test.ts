import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import { ManualClock, newRequestId, noTokens, type TokenUsage } from "@caprock/domain";
import { createS3Client, localCredentials, systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerEntry } from "../ledger-store.ts";
import { guardrailsId } from "../price-book/index.ts";
import { writeReceipt } from "../receipt.ts";
import { reconcileBilling } from "../reconcile/reconcile-billing.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { S3BillingExport } from "./billing-export.ts";
import type { BillingRow } from "./billing-line.ts";

const timeoutMs = 60_000;
let awsLocal: AwsLocal;
let client: S3Client;

beforeAll(async () => {
  awsLocal = await startAwsLocal();
  client = createS3Client({ region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials });
  await client.send(new CreateBucketCommand({ Bucket: "billing" }));
}, timeoutMs);
afterAll(async () => {
  client?.destroy();
  await awsLocal?.close();
});

const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
const tenants = ["t000000000001", "t000000000002"];
const tags = { tenant: "caprock-tenant", model: "caprock-model" };

/** A line of an application inference profile that carries both tags. */
function row(
  tenantId: string,
  day: string,
  usageType: string,
  amount: string,
  cost: string,
  more: Partial<BillingRow> = {},
): BillingRow {
  return {
    line_item_usage_start_date: `2026-11-${day}T00:00:00.000Z`,
    line_item_product_code: "AmazonBedrock",
    line_item_line_item_type: "Usage",
    line_item_usage_type: `USE1-Claude4.5Haiku-${usageType}`,
    line_item_usage_amount: amount,
    line_item_unblended_cost: cost,
    line_item_currency_code: "USD",
    pricing_unit: "1K tokens",
    resource_tags: JSON.stringify({
      user_caprock_tenant: tenantId,
      user_caprock_model: model,
      user_team: "x",
    }),
    ...more,
  };
}

function csv(rows: readonly BillingRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const line = (values: readonly unknown[]) =>
    values.map((value) => `"${String(value).replaceAll('"', '""')}"`).join(",");
  return [line(columns), ...rows.map((one) => line(columns.map((column) => one[column])))].join("\n");
}

async function deliver(
  path: string,
  rows: readonly BillingRow[],
  part = "00001",
  month = "2026-11",
): Promise<void> {
  const Key = `${path}/data/BILLING_PERIOD=${month}/export-${part}.csv.gz`;
  await client.send(new PutObjectCommand({ Bucket: "billing", Key, Body: gzipSync(csv(rows)) }));
}

/** USD 1, 5, 0.1, 1.25 and 2 for a million tokens. */
const price = {
  priceBookVersion: "2026-11-22",
  modelId: model,
  serviceTier: "default",
  tokenRates: {
    input: 1_000_000_000n,
    output: 5_000_000_000n,
    cacheRead: 100_000_000n,
    cacheWrite5m: 1_250_000_000n,
    cacheWrite1h: 2_000_000_000n,
  },
  source: "the test",
} as const;

function entry(tenantId: string, instant: string, usage: Partial<TokenUsage>): LedgerEntry {
  const requestId = newRequestId(new ManualClock(Date.parse(instant)), systemRandom);
  const {
    lines: _l,
    unitLines: _u,
    listCostNanoUsd: _c,
    costNanoUsd: _k,
    ...rest
  } = ledgerEntry(tenantId, requestId);
  return writeReceipt(
    { ...rest, modelId: model, usage: { ...noTokens, ...usage }, markupBasisPoints: 2_000 },
    price,
  );
}

const range = { startMs: Date.parse("2026-11-20T00:00:00Z"), endMs: Date.parse("2026-11-22T00:00:00Z") };

function reconcile(path: string, entries: readonly LedgerEntry[], basisPoints = 100) {
  return reconcileBilling(range, {
    ledger: {
      async *list(tenantId, { startMs, endMs }) {
        yield* entries.filter(
          (one) => one.tenantId === tenantId && one.arrivedAtMs >= startMs && one.arrivedAtMs < endMs,
        );
      },
    },
    adjustments: { async *ofCalls() {} },
    billing: new S3BillingExport({ client, bucket: "billing", path, tags }),
    tenantIds: async () => tenants,
    tolerance: { basisPoints },
  });
}

const entries = [
  entry(tenants[0]!, "2026-11-20T09:00:00Z", {
    input: 1_000,
    output: 200,
    cacheRead: 5_000,
    cacheWrite5m: 400,
  }),
  entry(tenants[0]!, "2026-11-20T21:00:00Z", { input: 500, cacheWrite1h: 100 }),
  entry(tenants[1]!, "2026-11-21T12:00:00Z", { input: 3_000_000, output: 10 }),
];
const bill = [
  row(tenants[0]!, "20", "input-tokens", "1.0", "0.001"),
  // Hourly lines of one day, in two notations.
  row(tenants[0]!, "20", "input-tokens", "5E-1", "5.0E-4", {
    line_item_usage_start_date: "2026-11-20 21:00:00",
  }),
  row(tenants[0]!, "20", "output-tokens", "0.2", "0.0010000000"),
  row(tenants[0]!, "20", "cache-read-input-token-count", "5", "0.0005"),
  row(tenants[0]!, "20", "cache-write-input-token-count", "0.4", "0.0005"),
  row(tenants[0]!, "20", "cache-write-input-token-count-1h", "0.1", "0.0002"),
  // As a model of the Marketplace is billed.
  row(tenants[1]!, "21", "", "3", "3.0", {
    line_item_product_code: "4tdqsd7p1nwk8fbo",
    line_item_usage_type: "USE1-MP:USE1_InputTokenCount_Global-Units",
    pricing_unit: "Units",
  }),
  row(tenants[1]!, "21", "output-tokens-flex", "0.01", "0.00005"),
];

test("a bill of what the ledger has agrees, at the list price and not the marked-up one", {
  timeout: timeoutMs,
}, async () => {
  await deliver("cur/agrees", bill.slice(0, 3));
  await deliver("cur/agrees", bill.slice(3), "00002");
  const report = await reconcile("cur/agrees", entries);
  expect(report).toMatchObject({ verdict: "agrees", checked: 2, unreadable: 0, driftNanoUsd: 0n });
  expect(Object.fromEntries(report.components.map((one) => [one.component, one.otherCount]))).toEqual({
    input: 3_001_500n,
    output: 210n,
    cacheRead: 5_000n,
    cacheWrite: 500n,
    units: 0n,
  });
});

test("each planted difference is found by tenant, model, day and component, and nothing else", {
  timeout: timeoutMs,
}, async () => {
  await deliver("cur/drifts", [
    ...bill.filter((_, index) => index !== 3 && index !== 6),
    // 1,000 tokens too many, and the same tokens at twice the price.
    row(tenants[0]!, "20", "cache-read-input-token-count", "6", "0.0006"),
    row(tenants[1]!, "21", "input-tokens", "3000", "6.0"),
    // Nobody's in the ledger: no tenant on the line, and a tenant's day without calls.
    row("", "21", "output-tokens", "1", "0.005", { resource_tags: "{}" }),
    row(tenants[0]!, "21", "input-tokens", "2", "0.002"),
  ]);
  const report = await reconcile("cur/drifts", entries);
  expect(report.verdict).toBe("drifts");
  expect(report.differences).toEqual({ "ledger-only": 0, "other-only": 2, usage: 1, cost: 1 });
  expect(report.worst).toEqual([
    {
      kind: "cost",
      tenantId: tenants[1],
      modelId: model,
      day: "2026-11-21",
      driftCount: 0n,
      driftNanoUsd: 3_000_000_000n,
    },
    {
      kind: "other-only",
      tenantId: "",
      modelId: "",
      driftCount: 1_000n,
      driftNanoUsd: 5_000_000n,
    },
    {
      kind: "other-only",
      tenantId: tenants[0],
      modelId: model,
      day: "2026-11-21",
      driftCount: 2_000n,
      driftNanoUsd: 2_000_000n,
    },
    {
      kind: "usage",
      tenantId: tenants[0],
      modelId: model,
      day: "2026-11-20",
      driftCount: 1_000n,
      driftNanoUsd: 100_000n,
    },
  ]);
  expect(report.components.find(({ component }) => component === "cacheRead")).toMatchObject({
    ledgerCount: 5_000n,
    otherCount: 6_000n,
    driftCount: 1_000n,
    driftNanoUsd: 100_000n,
  });
});

test("guardrails are compared by their text units, those that cost nothing aside", {
  timeout: timeoutMs,
}, async () => {
  const applied = entries.slice(0, 1).map((one) => ({
    ...one,
    modelId: guardrailsId,
    usage: noTokens,
    lines: [],
    unitLines: [
      { unit: "guardrailTopics", count: 3_000, rateNanoUsd: 150_000n },
      { unit: "guardrailPersonalData", count: 3_000, rateNanoUsd: 100_000n },
    ] as const,
  }));
  const line = (policy: string, amount: string, cost: string, pricing_unit: string) =>
    row("", "20", "", amount, cost, {
      line_item_usage_type: `USE1-Guardrail-${policy}UnitsConsumed`,
      pricing_unit,
      resource_tags: "{}",
    });
  await deliver("cur/guardrails", [
    line("TopicPolicy", "3000", "0.45", "TextUnit"),
    line("SensitiveInformationPolicyPaid", "3", "0.3", "1K TextUnits"),
    line("SensitiveInformationPolicyFree", "3000", "0", "TextUnit"),
    line("WordPolicy", "3000", "0", "TextUnit"),
  ]);
  expect(await reconcile("cur/guardrails", applied)).toMatchObject({ verdict: "agrees", checked: 1 });
});

test("credits, taxes, other services, other days and months are passed over; nonsense is counted", {
  timeout: timeoutMs,
}, async () => {
  await deliver("cur/noise", [
    ...bill,
    row(tenants[0]!, "20", "input-tokens", "9", "9", { line_item_line_item_type: "Credit" }),
    row(tenants[0]!, "20", "", "9", "9", {
      line_item_product_code: "AmazonEC2",
      line_item_usage_type: "BoxUsage",
    }),
    row(tenants[0]!, "20", "ProvisionedThroughput-ModelUnits", "9", "9"),
    row(tenants[0]!, "22", "input-tokens", "9", "9"),
    row(tenants[0]!, "19", "input-tokens", "9", "9"),
    row(tenants[0]!, "20", "input-tokens", "lots", "9"),
    row(tenants[0]!, "20", "input-tokens", "9", "9", { pricing_unit: "GB" }),
    row(tenants[0]!, "20", "input-tokens", "9", "9", { line_item_currency_code: "CNY" }),
  ]);
  await deliver("cur/noise", [row(tenants[0]!, "20", "input-tokens", "9", "9")], "00001", "2026-10");
  expect(await reconcile("cur/noise", entries)).toMatchObject({ verdict: "agrees", unreadable: 3 });
});

test("without a bill the verdict is that it is silent; a file that is no bill fails the run", {
  timeout: timeoutMs,
}, async () => {
  expect(await reconcile("cur/none", entries)).toMatchObject({ verdict: "silent" });
  const put = (name: string, body: Buffer) =>
    client.send(
      new PutObjectCommand({
        Bucket: "billing",
        Key: `cur/${name}/data/BILLING_PERIOD=2026-11/x.csv.gz`,
        Body: body,
      }),
    );
  await put("broken", Buffer.from("no gzip"));
  await expect(reconcile("cur/broken", entries)).rejects.toThrow();
  await put("other", gzipSync("a,b\n1,2\n"));
  await expect(reconcile("cur/other", entries)).rejects.toThrow();
  await put("cut", gzipSync(csv(bill)).subarray(0, 200));
  await expect(reconcile("cur/cut", entries)).rejects.toThrow();
});

test("a tag that the export has as a column of its own counts as well", { timeout: timeoutMs }, async () => {
  const flat = bill.map(({ resource_tags, ...rest }) => {
    const map = JSON.parse(String(resource_tags));
    return {
      ...rest,
      resource_tags_user_caprock_tenant: map.user_caprock_tenant,
      "resource_tags_user:caprock-model": model,
    };
  });
  await deliver("cur/flat", flat as BillingRow[]);
  expect(await reconcile("cur/flat", entries)).toMatchObject({ verdict: "agrees", checked: 2 });
});
