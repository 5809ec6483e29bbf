import {
  firstRequestIdAt,
  ManualClock,
  newRequestId,
  noTokens,
  type RequestId,
  type TokenUsage,
} from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Adjustment } from "../adjustments/adjustment-store.ts";
import type { LoggedInvocation } from "../invocation-log.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { guardrailsId, type ModelPrice } from "../price-book/index.ts";
import { writeReceipt } from "../receipt.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryInvocationLog } from "../testing/memory-invocation-log.ts";
import { reconcileLog } from "./reconcile-log.ts";
import type { ReconciliationReport } from "./reconciliation.ts";

const hour = 3_600_000;
const start = Date.parse("2026-11-22T10:00:00Z");
const range = { startMs: start, endMs: start + 2 * hour };
const tenants = ["t000000000001", "t000000000002"];

/** USD 1 and 5 for a million tokens in and out, 0.1 from the cache, 1.25 and 2 into it. */
const price: ModelPrice = {
  priceBookVersion: "2026-11-22",
  modelId: "vendor.model",
  serviceTier: "default",
  tokenRates: {
    input: 1_000_000_000n,
    cacheRead: 100_000_000n,
    cacheWrite5m: 1_250_000_000n,
    cacheWrite1h: 2_000_000_000n,
    output: 5_000_000_000n,
  },
  source: "the test",
};

const idAt = (instantMs: number) => newRequestId(new ManualClock(instantMs), systemRandom);

/** The two sides, which agree on whatever is added by `call`. */
class Sides {
  readonly entries: LedgerEntry[] = [];
  readonly log = new MemoryInvocationLog();
  readonly adjustments: Adjustment[] = [];
  private invocations = 0;

  call(tenantId: string, requestId: RequestId, usage: TokenUsage): void {
    this.enter(tenantId, requestId, usage);
    this.logs(tenantId, requestId, usage);
  }

  enter(tenantId: string, requestId: RequestId, usage: TokenUsage, more: Partial<LedgerEntry> = {}): void {
    const {
      lines: _l,
      unitLines: _u,
      listCostNanoUsd: _c,
      costNanoUsd: _k,
      ...rest
    } = ledgerEntry(tenantId, requestId);
    this.entries.push({ ...writeReceipt({ ...rest, usage, markupBasisPoints: 1_500 }, price), ...more });
  }

  logs(tenantId: string, requestId: RequestId, usage: TokenUsage, invokedId = "us.vendor.model"): void {
    this.invocations += 1;
    this.deliver({
      awsRequestId: `aws ${this.invocations}`,
      requestId,
      tenantId,
      apiKeyId: "k000000000000",
      wire: "test",
      application: "default",
      invokedId,
      serviceTier: "default",
      usage,
    });
  }

  /** Twice, as a log may. */
  private deliver(invocation: LoggedInvocation): void {
    this.log.add(invocation);
    this.log.add(invocation);
  }

  reconcile(mostInMemory = 1_000, basisPoints = 10): Promise<ReconciliationReport> {
    const { entries, adjustments } = this;
    return reconcileLog(range, {
      ledger: {
        async *list(tenantId, { startMs, endMs }) {
          yield* entries.filter(
            (entry) =>
              entry.tenantId === tenantId &&
              entry.requestId >= firstRequestIdAt(startMs) &&
              entry.requestId < firstRequestIdAt(endMs),
          );
        },
      },
      adjustments: {
        async *ofCalls(tenantId, { startMs, endMs }) {
          yield* adjustments.filter(
            (one) => one.tenantId === tenantId && one.arrivedAtMs >= startMs && one.arrivedAtMs < endMs,
          );
        },
      },
      invocationLog: this.log,
      tenantIds: async () => tenants,
      priceOf: ({ invokedId }) => (invokedId.endsWith("vendor.model") ? price : undefined),
      graceMs: hour,
      tolerance: { basisPoints },
      mostInMemory,
    });
  }
}

const used = (input: number, output: number, more: Partial<TokenUsage> = {}) => ({
  ...noTokens,
  input,
  output,
  ...more,
});

test("a ledger and a log of the same calls agree, retries and markups included", async () => {
  const sides = new Sides();
  for (let index = 0; index < 50; index += 1) {
    sides.call(
      tenants[index % 2]!,
      idAt(start + index * 60_000),
      used(index, 7, { cacheRead: 3, cacheWrite1h: 11 }),
    );
  }
  const retried = idAt(start + 5);
  sides.enter(tenants[0]!, retried, used(30, 3));
  sides.logs(tenants[0]!, retried, used(10, 1));
  sides.logs(tenants[0]!, retried, used(20, 2));
  const report = await sides.reconcile();
  expect(report).toMatchObject({ verdict: "agrees", checked: 51, driftNanoUsd: 0n, worst: [] });
  expect(report.components.find(({ component }) => component === "cacheWrite")).toEqual({
    component: "cacheWrite",
    ledgerCount: 550n,
    otherCount: 550n,
    driftCount: 0n,
    ledgerNanoUsd: 1_100_000n,
    otherNanoUsd: 1_100_000n,
    driftNanoUsd: 0n,
  });
});

test("each kind of difference is found, with what it comes to, and nothing else", async () => {
  const sides = new Sides();
  const [here, there, tokens, ttl, cost] = [1, 2, 3, 4, 5].map((second) => idAt(start + second * 1_000));
  sides.call(tenants[0]!, idAt(start), used(1_000, 1_000));
  sides.enter(tenants[0]!, here!, used(1_000, 0));
  sides.logs(tenants[1]!, there!, used(0, 100));
  sides.enter(tenants[0]!, tokens!, used(10, 10));
  sides.logs(tenants[0]!, tokens!, used(10, 15));
  // The same count of tokens written to the cache, but for another time.
  sides.enter(tenants[1]!, ttl!, used(0, 0, { cacheWrite5m: 100 }));
  sides.logs(tenants[1]!, ttl!, used(0, 0, { cacheWrite1h: 100 }));
  sides.enter(tenants[1]!, cost!, used(100, 0), {
    lines: [{ tokenClass: "input", tokens: 100, rateNanoUsdPerMillion: 3_000_000_000n }],
  });
  sides.logs(tenants[1]!, cost!, used(100, 0));
  const report = await sides.reconcile();
  expect(report).toMatchObject({
    verdict: "drifts",
    checked: 6,
    differences: { "ledger-only": 1, "other-only": 1, usage: 2, cost: 1 },
  });
  const row = (requestId: RequestId | undefined) => report.worst.find((one) => one.requestId === requestId);
  expect(report.worst).toHaveLength(5);
  expect(row(here)).toMatchObject({ kind: "ledger-only", driftCount: 1_000n, driftNanoUsd: 1_000_000n });
  expect(row(there)).toMatchObject({
    kind: "other-only",
    tenantId: tenants[1],
    driftCount: 100n,
    driftNanoUsd: 500_000n,
  });
  expect(row(tokens)).toMatchObject({ kind: "usage", driftCount: 5n, driftNanoUsd: 25_000n });
  expect(row(ttl)).toMatchObject({ kind: "usage", driftCount: 200n, driftNanoUsd: 125_000n + 200_000n });
  expect(row(cost)).toMatchObject({ kind: "cost", driftCount: 0n, driftNanoUsd: 200_000n });
  expect(report.driftNanoUsd).toBe(1_000_000n + 500_000n + 25_000n + 325_000n + 200_000n);
  expect(report.worst[0]?.requestId).toBe(here);
});

test("what is too much here does not hide what is missing there", async () => {
  const sides = new Sides();
  const [more, less] = [idAt(start), idAt(start + 1)];
  sides.enter(tenants[0]!, more, used(110, 0));
  sides.logs(tenants[0]!, more, used(100, 0));
  sides.enter(tenants[0]!, less, used(90, 0));
  sides.logs(tenants[0]!, less, used(100, 0));
  const { components, verdict } = await sides.reconcile();
  expect(components[0]).toMatchObject({
    ledgerCount: 200n,
    otherCount: 200n,
    driftCount: 20n,
    driftNanoUsd: 20_000n,
  });
  expect(verdict).toBe("drifts");
});

test("drift within the tolerance is told, and passes", async () => {
  const sides = new Sides();
  sides.call(tenants[0]!, idAt(start), used(999_000, 0));
  sides.enter(tenants[0]!, idAt(start + 1), used(1_000, 0));
  expect(await sides.reconcile(1_000, 10)).toMatchObject({
    verdict: "within-tolerance",
    differences: { "ledger-only": 1 },
  });
  expect(await sides.reconcile(1_000, 9)).toMatchObject({ verdict: "drifts" });
});

test("a log with nothing in it is called silent", async () => {
  const sides = new Sides();
  sides.enter(tenants[0]!, idAt(start), used(1, 1));
  expect(await sides.reconcile()).toMatchObject({ verdict: "silent" });
  expect(await new Sides().reconcile()).toMatchObject({ verdict: "agrees", checked: 0 });
});

test("simulated calls, calls that used nothing, applied guardrails, other services and other people's calls are no differences", async () => {
  const sides = new Sides();
  sides.enter(tenants[0]!, idAt(start + 3), used(5, 5), { aside: true });
  const unitLines = [{ unit: "guardrailTopics", count: 2, rateNanoUsd: 150_000n }] as const;
  sides.enter(tenants[0]!, idAt(start + 4), noTokens, { modelId: guardrailsId, unitLines });
  sides.enter(tenants[0]!, idAt(start), used(5, 5), { simulated: true });
  sides.enter(tenants[0]!, idAt(start + 1), noTokens, { status: "failed" });
  sides.logs(tenants[0]!, idAt(start + 2), noTokens);
  sides.logs(tenants[0]!, "not-a-request-of-caprock", used(5, 5));
  sides.logs(tenants[0]!, idAt(start - 1), used(5, 5));
  sides.logs(tenants[0]!, idAt(range.endMs), used(5, 5));
  sides.call(tenants[0]!, idAt(range.endMs - 1), used(5, 5));
  expect(await sides.reconcile()).toMatchObject({ verdict: "agrees", checked: 1 });
});

test("a logged model that is not known any more is compared by its tokens", async () => {
  const sides = new Sides();
  const [same, other] = [idAt(start), idAt(start + 1)];
  sides.enter(tenants[0]!, same, used(5, 5));
  sides.logs(tenants[0]!, same, used(5, 5), "gone");
  sides.logs(tenants[0]!, other, used(5, 5), "gone");
  const report = await sides.reconcile();
  expect(report.worst).toMatchObject([
    { kind: "other-only", modelId: "gone", driftCount: 10n, driftNanoUsd: 0n },
  ]);
});

test("what was adjusted later is part of the ledger's side", async () => {
  const sides = new Sides();
  const adjust = (requestId: RequestId, more: Partial<Adjustment>) =>
    sides.adjustments.push({
      adjustmentId: `${requestId}.0001`,
      requestId,
      tenantId: tenants[0]!,
      application: "default",
      apiKeyId: "k000000000000",
      modelId: "vendor.model",
      serviceTier: "default",
      kind: "rerate",
      arrivedAtMs: start,
      postedAtMs: start + hour,
      billedMonth: "2026-11",
      toPriceBookVersion: "2026-11-22",
      markupBasisPoints: 0,
      listDeltaNanoUsd: 0n,
      deltaNanoUsd: 0n,
      reason: "test",
      author: "test",
      ...more,
    });
  const [rerated, late, wrong] = [idAt(start), idAt(start + 1), idAt(start + 2)];
  const tooDear = [{ tokenClass: "input" as const, tokens: 100, rateNanoUsdPerMillion: 3_000_000_000n }];
  sides.enter(tenants[0]!, rerated, used(100, 0), { lines: tooDear });
  sides.logs(tenants[0]!, rerated, used(100, 0));
  adjust(rerated, { listDeltaNanoUsd: -200_000n });
  sides.logs(tenants[0]!, late, used(10, 10));
  adjust(late, { kind: "lateEntry", usage: used(10, 10), listDeltaNanoUsd: 60_000n });
  expect(await sides.reconcile()).toMatchObject({ verdict: "agrees", checked: 2 });
  sides.enter(tenants[0]!, wrong, used(100, 0));
  sides.logs(tenants[0]!, wrong, used(100, 0));
  adjust(wrong, { listDeltaNanoUsd: 7_000n });
  expect((await sides.reconcile()).worst).toMatchObject([
    { kind: "cost", requestId: wrong, driftNanoUsd: 7_000n },
  ]);
});

test("planted differences are found exactly, whatever memory there is for it", async () => {
  const planting = fc.constantFrom("none", "ledger-only", "other-only", "usage", "cost");
  const call = fc.record({
    tenant: fc.nat(1),
    offsetMs: fc.integer({ min: 0, max: 2 * hour - 1 }),
    tokens: fc.integer({ min: 1, max: 1_000 }),
    planting,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 60 }),
      fc.integer({ min: 1, max: 70 }),
      async (calls, mostInMemory) => {
        const sides = new Sides();
        const planted = new Map<RequestId, string>();
        for (const { tenant, offsetMs, tokens, planting: kind } of calls) {
          const requestId = idAt(start + offsetMs);
          const line = { tokenClass: "input" as const, tokens, rateNanoUsdPerMillion: 9n };
          if (kind !== "other-only") {
            sides.enter(
              tenants[tenant]!,
              requestId,
              used(tokens, 0),
              kind === "cost" ? { lines: [line] } : {},
            );
          }
          if (kind !== "ledger-only") {
            sides.logs(tenants[tenant]!, requestId, used(kind === "usage" ? tokens + 1 : tokens, 0));
          }
          if (kind !== "none") {
            planted.set(requestId, kind);
          }
        }
        sides.entries.sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
        const report = await sides.reconcile(mostInMemory);
        expect(report.checked).toBe(calls.length);
        expect(Object.values(report.differences).reduce((sum, count) => sum + count, 0)).toBe(planted.size);
        for (const { requestId, kind } of report.worst) {
          expect(kind).toBe(planted.get(requestId ?? ""));
        }
        expect(report.worst).toHaveLength(Math.min(20, planted.size));
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);
