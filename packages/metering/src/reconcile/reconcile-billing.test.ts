import { ManualClock, newRequestId, noTokens, type TokenUsage } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { expect, test } from "vitest";
import { reconciliationAlert } from "../alerts/event-alerts.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { writeReceipt } from "../receipt.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type BillingLine, partsOfCount } from "./billing-export.ts";
import { partsOfNano } from "./drift-tally.ts";
import { reconcileBilling } from "./reconcile-billing.ts";

const tenants = ["t000000000001", "t000000000002"] as const;
const [small, large] = ["vendor.small", "vendor.large"] as const;
const range = { startMs: Date.parse("2026-11-20T00:00:00Z"), endMs: Date.parse("2026-11-21T00:00:00Z") };
const arrivedAtMs = range.startMs + 3_600_000;

/** A thousand nano-USD for a token of input. */
const price = (modelId: string) => ({
  priceBookVersion: "2026-11-20",
  modelId,
  serviceTier: "default" as const,
  tokenRates: { input: 1_000_000_000n, output: 0n },
  source: "the test",
});

function entry(tenantId: string, modelId: string, input: number): LedgerEntry {
  const requestId = newRequestId(new ManualClock(arrivedAtMs), systemRandom);
  const {
    lines: _l,
    unitLines: _u,
    listCostNanoUsd: _c,
    costNanoUsd: _k,
    ...rest
  } = ledgerEntry(tenantId, requestId);
  const usage: TokenUsage = { ...noTokens, input };
  return writeReceipt({ ...rest, modelId, usage }, price(modelId));
}

function line(tenantId: string, modelId: string, input: number): BillingLine {
  return {
    startMs: arrivedAtMs,
    tenantId,
    modelId,
    component: "input",
    countParts: BigInt(input) * partsOfCount,
    costParts: BigInt(input) * 1_000n * partsOfNano,
  };
}

async function reconcile(entries: readonly LedgerEntry[], lines: readonly BillingLine[]) {
  const report = await reconcileBilling(range, {
    ledger: {
      async *list(tenantId) {
        yield* entries.filter((one) => one.tenantId === tenantId);
      },
    },
    adjustments: { async *ofCalls() {} },
    billing: {
      async *lines() {
        yield* lines;
      },
    },
    tenantIds: async () => tenants,
    tolerance: { basisPoints: 100 },
  });
  const alert = reconciliationAlert({ source: "billing-export", ...range }, report);
  return { ...report, alerts: alert !== undefined };
}

const entries = [
  entry(tenants[0], small, 6_000),
  entry(tenants[1], small, 4_000),
  entry(tenants[1], large, 500),
];

test("a bill without any tags agrees with the whole ledger, and nobody is alerted", async () => {
  expect(await reconcile(entries, [line("", "USE1-Small-input-tokens", 10_500)])).toMatchObject({
    verdict: "agrees",
    alerts: false,
    checked: 1,
  });
});

test("lines that name a model and no tenant are compared with all tenants' calls of it", async () => {
  const lines = [line("", small, 10_000), line("", "USE1-Large-input-tokens", 500)];
  expect(await reconcile(entries, lines)).toMatchObject({ verdict: "agrees", checked: 2 });
});

test("a cost that is rounded another way is no drift while the tokens are the same", async () => {
  const rounded = { ...line("", small, 10_000), costParts: 10_009_000n * partsOfNano };
  const report = await reconcile(entries, [rounded, line("", large, 500)]);
  expect(report).toMatchObject({ verdict: "agrees", driftNanoUsd: 0n });
});

test("what is untagged of one model and differs beyond the tolerance is drift, however much the rest outweighs it", async () => {
  // 6 of 500 tokens is 1.2 % of that model, and a thousandth of all.
  const lines = [line("", small, 10_000), line("", large, 494)];
  expect(await reconcile(entries, lines)).toMatchObject({
    verdict: "drifts",
    alerts: true,
    // Less than bills may be rounded by, but six tokens are no rounding.
    driftNanoUsd: 6_000n,
    worst: [{ kind: "usage", tenantId: "", modelId: large, driftCount: 6n, driftNanoUsd: 6_000n }],
  });
  const within = [line("", small, 10_000), line("", large, 496)];
  expect(await reconcile(entries, within)).toMatchObject({ verdict: "within-tolerance", alerts: false });
});

test("a tagged tenant is compared by itself, and the remainder of the ledger with the untagged lines", async () => {
  const rest = line("", "USE1-Other-input-tokens", 4_500);
  expect(await reconcile(entries, [line(tenants[0], small, 6_000), rest])).toMatchObject({
    verdict: "agrees",
    checked: 2,
  });
  // Too much for one and too little for the others is not even.
  const shifted = [line(tenants[0], small, 7_000), { ...rest, countParts: 3_500n * partsOfCount }];
  expect(await reconcile(entries, shifted)).toMatchObject({
    verdict: "drifts",
    alerts: true,
    worst: expect.arrayContaining([
      expect.objectContaining({
        tenantId: tenants[0],
        modelId: small,
        day: "2026-11-20",
        driftCount: 1_000n,
      }),
      expect.objectContaining({ tenantId: "", modelId: "", driftCount: 1_000n }),
    ]),
  });
});

test("calls that a bill with tags for others leaves out are drift; a bill with nothing at all is silent", async () => {
  expect(await reconcile(entries, [line(tenants[0], small, 6_000)])).toMatchObject({ verdict: "drifts" });
  expect(await reconcile(entries, [])).toMatchObject({ verdict: "silent" });
});
