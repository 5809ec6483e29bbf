import { ManualClock, newRequestId, noTokens } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LedgerEntry } from "../ledger-store.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenStores, openStores } from "../testing/open-stores.ts";
import { type CallMetrics, noMetrics } from "./call-metrics.ts";
import { MeasuredLedger } from "./measured-ledger.ts";

const timeoutMs = 60_000;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));

/** Keeps what it is told. */
class NotedMetrics implements CallMetrics {
  readonly noted: unknown[][] = [];
  readonly refused = noMetrics.refused;
  readonly flush = noMetrics.flush;
  readonly close = noMetrics.close;

  settled(entry: LedgerEntry, latencyMs: number | undefined): void {
    this.noted.push(["settled", entry.requestId, latencyMs]);
  }

  corrected(before: LedgerEntry, after: LedgerEntry): void {
    this.noted.push(["corrected", before.usage.output, after.usage.output]);
  }
}

let stores: OpenStores;
beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterEach(() => stores.awsLocal.clearFaults());
afterAll(() => stores?.close());

function open(settlesCalls = true) {
  const metrics = new NotedMetrics();
  return { metrics, ledger: new MeasuredLedger({ ledger: stores.ledger, metrics, settlesCalls }) };
}

const newEntry = (more: Partial<LedgerEntry> = {}) =>
  ledgerEntry("t000000000001", newRequestId(clock, systemRandom), more);

test("an entry counts once, however often its settlement is repeated", { timeout: timeoutMs }, async () => {
  const { metrics, ledger } = open();
  const entry = newEntry();
  await ledger.record(entry);
  await ledger.record(entry);
  await ledger.recordAll([entry]);
  expect(metrics.noted).toEqual([["settled", entry.requestId, 1_500]]);
});

test("of two processes that write one entry, the one that was first counts it", {
  timeout: timeoutMs,
}, async () => {
  const [api, worker] = [open(), open(false)];
  const entry = newEntry();
  await worker.ledger.correct({ ...entry, settledAtMs: entry.settledAtMs + 60_000 });
  await api.ledger.record(entry);
  // The worker writes from a log, and does not know how long the call took.
  expect(worker.metrics.noted).toEqual([["settled", entry.requestId, undefined]]);
  expect(api.metrics.noted).toEqual([]);
});

test("an entry whose write was answered by nobody counts when the repeated write finds it there", {
  timeout: timeoutMs,
}, async () => {
  const { metrics, ledger } = open();
  const entry = newEntry();
  stores.awsLocal.addFault({ service: "dynamodb", operation: "PutItem", kind: "lostAnswer" });
  await ledger.record(entry);
  expect(metrics.noted).toHaveLength(1);
});

test("a correction counts by its difference, and only where it was made", {
  timeout: timeoutMs,
}, async () => {
  const { metrics, ledger } = open(false);
  const entry = newEntry({ estimated: true });
  await stores.ledger.record(entry);
  const final = {
    ...entry,
    estimated: false,
    usage: { ...noTokens, output: 40 },
    settledAtMs: entry.settledAtMs + 1,
  };
  await ledger.correct(final);
  await ledger.correct({ ...final, settledAtMs: entry.settledAtMs + 2 });
  expect(metrics.noted).toEqual([["corrected", 34, 40]]);
});

test("made-up traffic and entries that could not be written count for nothing", {
  timeout: timeoutMs,
}, async () => {
  const { metrics, ledger } = open();
  await ledger.record(newEntry({ simulated: true }));
  stores.awsLocal.addFault({ service: "dynamodb", operation: "BatchWriteItem", kind: "error", count: 20 });
  expect(await ledger.recordAll([newEntry()])).toHaveLength(1);
  expect(metrics.noted).toEqual([]);
});
