import { addUsage, noTokens } from "@caprock/domain";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LoggedInvocation } from "../invocation-log.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import type { MetricUsage, MetricUsageRow } from "../metrics/index.ts";
import { agentCoreMemoryId, guardrailsId } from "../price-book/index.ts";
import { graceMs, type OpenBooks, openBooks, price } from "../testing/open-books.ts";
import type { CheckReport } from "./findings.ts";
import type { VerifyParts, Witnessed, WitnessedCall } from "./verify-parts.ts";

const timeoutMs = 60_000;
const hourMs = 3_600_000;
const startMs = Date.parse("2026-11-02T10:00:00Z");
let books: OpenBooks;
let entries: LedgerEntry[];
let sound: () => Promise<void>;
let nowMs: number;

beforeAll(async () => {
  books = await openBooks(startMs);
  entries = [await books.call(), await books.call(), await books.call()];
  books.clock.advance(2 * hourMs + graceMs);
  nowMs = books.clock.now();
  sound = await books.remember();
}, timeoutMs);
afterEach(async () => {
  await sound();
  books.clock.set(nowMs);
}, timeoutMs);
afterAll(() => books.close());

async function checkOf(id: string, more: Partial<VerifyParts>): Promise<CheckReport> {
  return (await books.verify(more)).checks.find((check) => check.id === id) as CheckReport;
}

const logOf = (logged: readonly LedgerEntry[]): Partial<VerifyParts> => ({
  log: {
    invocationLog: {
      async *list() {
        yield* logged.map((entry): LoggedInvocation => ({ ...entry, awsRequestId: entry.requestId }));
      },
    },
    priceOf: () => price,
  },
});

test("the ledger agrees with a log of the same calls, and each call that either has alone is named", {
  timeout: timeoutMs,
}, async () => {
  const [first, second, third] = entries as [LedgerEntry, LedgerEntry, LedgerEntry];
  expect(await checkOf("log-agrees", logOf(entries))).toMatchObject({
    outcome: "pass",
    lookedAt: { calls: 3 },
  });
  const unknown = books.receipt(first.requestId.replace(/.$/, "1"));
  const other = { ...third, usage: { ...third.usage, output: 35 } };
  const { outcome, offenders } = await checkOf("log-agrees", logOf([first, other, unknown]));
  expect(outcome).toBe("fail");
  expect(new Map(offenders.map(({ id, what }) => [id, what.split(" (")[0]]))).toEqual(
    new Map([
      [second.requestId, `${books.tenant.id}: is in the ledger and not in the log`],
      [unknown.requestId, `${books.tenant.id}: is in the log and not in the ledger`],
      [third.requestId, `${books.tenant.id}: used other tokens by the log`],
    ]),
  );
});

test("a log that shows nothing at all proves nothing", { timeout: timeoutMs }, async () => {
  expect(await checkOf("log-agrees", logOf([]))).toMatchObject({
    outcome: "skipped",
    reason: expect.stringContaining("the ledger has 3 calls: is logging delivered to this bucket?"),
  });
});

const noMemory: Witnessed["memory"] = { memoryEvent: 0, memoryRetrieval: 0 };
const witnessOf = (calls: readonly Served[], memory = noMemory): Partial<VerifyParts> => ({
  witnessOf: async () => ({ calls: calls.map((call) => ({ units: {}, ...call })), memory }),
});
type Served = Omit<WitnessedCall, "units"> & Partial<WitnessedCall>;

test("the ledger agrees with the witness, call by call; made-up calls are left out", {
  timeout: timeoutMs,
}, async () => {
  await books.forge(books.receipt(books.newRequestId(), { simulated: true }));
  await books.forge(books.receipt(books.newRequestId(), { modelId: guardrailsId }));
  expect(await checkOf("witness-agrees", witnessOf(entries))).toMatchObject({
    outcome: "pass",
    lookedAt: { entries: 3, "served calls": 3 },
    remarks: [{ what: "guardrails applied, which AWS is not told the caller of", count: 1 }],
  });
  const [first, second] = entries as [LedgerEntry, LedgerEntry];
  const { offenders } = await checkOf("witness-agrees", witnessOf([first, { ...second, usage: noTokens }]));
  expect(new Set(offenders.map(({ id }) => id))).toEqual(
    new Set(entries.slice(1).map(({ requestId }) => requestId)),
  );
});

test("a served call without an entry is explained by its open hold, and by nothing else", {
  timeout: timeoutMs,
}, async () => {
  const call = books.receipt(books.newRequestId());
  const check = () => checkOf("witness-agrees", witnessOf([...entries, call]));
  expect(await check()).toMatchObject({ outcome: "fail", offenders: [{ id: call.requestId }] });
  await books.reserve(call.requestId);
  expect(await check()).toMatchObject({ outcome: "pass", remarks: [{ count: 1 }] });
});

test("what is billed by the piece is compared too, unless the log corrected the call", {
  timeout: timeoutMs,
}, async () => {
  const unitLines = [{ unit: "image", count: 2, rateNanoUsd: 1n }] as const;
  const drawn = books.receipt(books.newRequestId(), { usage: noTokens, lines: [], unitLines });
  await books.forge(drawn);
  const served = (image: number) =>
    checkOf("witness-agrees", witnessOf([...entries, { ...drawn, units: { image } }]));
  expect(await served(2)).toMatchObject({ outcome: "pass", lookedAt: { entries: 4 } });
  expect(await served(1)).toMatchObject({
    outcome: "fail",
    offenders: [{ id: drawn.requestId, what: expect.stringContaining("image 2; served were") }],
  });
  await books.forge({ ...drawn, corrected: { atMs: nowMs, estimatedCostNanoUsd: 0n } });
  expect(await served(1)).toMatchObject({ outcome: "pass" });
});

test("long-term memory is charged as often as it was served, or searched without an answer", {
  timeout: timeoutMs,
}, async () => {
  const work = (unit: "memoryEvent" | "memoryRetrieval", wanted: Partial<LedgerEntry> = {}) =>
    books.receipt(books.newRequestId(), {
      usage: noTokens,
      lines: [],
      unitLines: [{ unit, count: 2, rateNanoUsd: 1n }],
      aside: true,
      ...wanted,
    });
  const served = (memoryEvent: number, memoryRetrieval: number) =>
    checkOf("memory-agrees", witnessOf(entries, { memoryEvent, memoryRetrieval }));
  await books.forge(work("memoryEvent"));
  await books.forge(work("memoryRetrieval"));
  expect(await served(2, 2)).toMatchObject({ outcome: "pass", lookedAt: { events: 2, retrievals: 2 } });
  expect(await checkOf("witness-agrees", witnessOf(entries))).toMatchObject({ outcome: "pass" });
  expect((await served(1, 2)).offenders).toEqual([
    { id: books.tenant.id, what: "2 events are charged; served were 1" },
  ]);
  expect((await served(2, 3)).offenders).toMatchObject([{ what: "2 retrievals are charged; served were 3" }]);
  await books.forge(work("memoryRetrieval", { status: "aborted" }));
  for (const retrievals of [2, 4]) {
    expect(await served(2, retrievals)).toMatchObject({ outcome: "pass", remarks: [{ count: 2 }] });
  }
  expect(await served(2, 1)).toMatchObject({ outcome: "fail" });
  await books.reserve(books.newRequestId());
  expect(await served(2, 5)).toMatchObject({
    outcome: "pass",
    remarks: [{ what: "retrievals beyond those charged while holds or grants are open" }],
  });
});

test("memory that is used all the time while it is compared is no difference", {
  timeout: timeoutMs,
}, async () => {
  let memoryRetrieval = 0;
  const check = await checkOf("memory-agrees", {
    // Whenever it was asked, one more is served and charged at once.
    witnessOf: async () => {
      const memory = { memoryEvent: 0, memoryRetrieval };
      memoryRetrieval += 1;
      const unitLines = [{ unit: "memoryRetrieval", count: 1, rateNanoUsd: 1n }] as const;
      const usage = { usage: noTokens, lines: [], unitLines };
      await books.forge(books.receipt(books.newRequestId(), { ...usage, aside: true }));
      return { calls: [], memory };
    },
  });
  expect(check).toMatchObject({ outcome: "pass", remarks: [] });
});

test("a call that ends while the witness is compared is no difference", { timeout: timeoutMs }, async () => {
  const served: Served[] = [...entries];
  const check = await checkOf("witness-agrees", {
    // Each time, one more call has just been settled that the witness was asked too early to know.
    witnessOf: async () => {
      const known = served.map((call) => ({ units: {}, ...call }));
      served.push(await books.call());
      return { calls: known, memory: noMemory };
    },
  });
  expect(check.outcome).toBe("pass");
});

function metricsOf(
  change: Partial<MetricUsageRow>,
  others: readonly MetricUsageRow[] = [],
): Partial<VerifyParts> {
  const row: MetricUsageRow = {
    startMs,
    tenantId: books.tenant.id,
    modelId: "vendor.model",
    requests: entries.length,
    usage: entries.reduce((sum, { usage }) => addUsage(sum, usage), noTokens),
    costNanoUsd: entries.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n),
    ...change,
  };
  const metricUsage: MetricUsage = {
    read: async () => [row, ...others],
    countSeries: async () => ({ series: 1, models: 1 }),
  };
  return { metrics: { metricUsage, cardinality: "all", modelIds: [] } };
}

test("CloudWatch may lack a few calls, which is said, and no more", { timeout: timeoutMs }, async () => {
  expect(await checkOf("cloudwatch-agrees", metricsOf({}))).toMatchObject({ outcome: "pass", remarks: [] });
  expect(await checkOf("cloudwatch-agrees", metricsOf({ requests: 2 }))).toMatchObject({
    outcome: "pass",
    remarks: [{ what: "sums that are apart, within what is tolerated", count: 1 }],
  });
  expect(await checkOf("cloudwatch-agrees", metricsOf({ requests: 24 }))).toMatchObject({
    outcome: "fail",
    offenders: [{ id: `${books.tenant.id} vendor.model` }],
  });
  expect(await checkOf("cloudwatch-agrees", metricsOf({ costNanoUsd: 1n }))).toMatchObject({
    outcome: "fail",
  });
});

test("CloudWatch may lack what a few uses of long-term memory cost, which are no requests, and no more", {
  timeout: timeoutMs,
}, async () => {
  const retrievalNanoUsd = 500_000n;
  books.clock.set(startMs);
  const unitLines = [{ unit: "memoryRetrieval", count: 30, rateNanoUsd: retrievalNanoUsd }] as const;
  await books.forge(
    books.receipt(books.newRequestId(), {
      modelId: agentCoreMemoryId,
      aside: true,
      usage: noTokens,
      lines: [],
      unitLines,
      costNanoUsd: 30n * retrievalNanoUsd,
    }),
  );
  books.clock.set(nowMs);
  const told = (retrievals: bigint) => {
    const costNanoUsd = retrievals * retrievalNanoUsd;
    const row = { startMs, tenantId: books.tenant.id, modelId: agentCoreMemoryId, requests: 0, costNanoUsd };
    return checkOf("cloudwatch-agrees", metricsOf({}, [{ ...row, usage: noTokens }]));
  };
  expect(await told(30n)).toMatchObject({ outcome: "pass", remarks: [] });
  expect(await told(10n)).toMatchObject({ outcome: "pass", remarks: [{ count: 1 }] });
  expect(await told(9n)).toMatchObject({ outcome: "fail" });
});
