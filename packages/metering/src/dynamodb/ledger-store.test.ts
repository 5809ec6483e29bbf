import { firstRequestIdAt, ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerEntry, LedgerRange } from "../ledger-store.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenStores, openStores } from "../testing/open-stores.ts";

const timeoutMs = 60_000;
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

const at = (text: string) => Date.parse(text);
const idAt = (text: string) => newRequestId(new ManualClock(at(text)), systemRandom);
const noon = "2026-11-22T12:00:00Z";

async function list(tenantId: string, range: LedgerRange): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of stores.ledger.list(tenantId, range)) {
    entries.push(entry);
  }
  return entries;
}

test("an entry is read back whole, with money above a JavaScript number's precision exact", {
  timeout: timeoutMs,
}, async () => {
  const entry = ledgerEntry("t1", idAt(noon), {
    costNanoUsd: 2n ** 60n + 1n,
    assumedClasses: ["cacheWrite1h"],
    usage: { input: 1, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4, output: 5 },
  });
  expect(await stores.ledger.record(entry)).toEqual(entry);
  expect(await stores.ledger.find("t1", entry.requestId)).toEqual(entry);
  expect(await stores.ledger.find("t2", entry.requestId)).toBeUndefined();
});

test("of many who record one request at once one wins, and all are given the entry that stands", {
  timeout: timeoutMs,
}, async () => {
  const requestId = idAt(noon);
  const tries = Array.from({ length: 8 }, (_, cost) =>
    ledgerEntry("t1", requestId, { costNanoUsd: BigInt(cost) }),
  );
  const answers = await Promise.all(tries.map((entry) => stores.ledger.record(entry)));
  const standing = await stores.ledger.find("t1", requestId);
  expect(tries).toContainEqual(standing);
  for (const answer of answers) {
    expect(answer).toEqual(standing);
  }
});

test("an estimate is corrected once, and what is not an estimate never", { timeout: timeoutMs }, async () => {
  const requestId = idAt(noon);
  const estimate = ledgerEntry("t1", requestId, { estimated: true, costNanoUsd: 10n });
  const first = ledgerEntry("t1", requestId, { costNanoUsd: 7n });
  const second = ledgerEntry("t1", requestId, { costNanoUsd: 9n });
  await stores.ledger.record(estimate);
  expect(await stores.ledger.record(first)).toEqual(estimate);
  expect(await stores.ledger.correct(first)).toEqual(first);
  expect(await stores.ledger.correct(second)).toEqual(first);
  expect(await stores.ledger.find("t1", requestId)).toEqual(first);
});

test("a correction writes the entry of a call that died before it had one", {
  timeout: timeoutMs,
}, async () => {
  const entry = ledgerEntry("t1", idAt(noon));
  expect(await stores.ledger.correct(entry)).toEqual(entry);
  expect(await stores.ledger.find("t1", entry.requestId)).toEqual(entry);
});

test("a range lists what arrived in it, oldest first, over ends of months and years", {
  timeout: timeoutMs,
}, async () => {
  const times = [
    "2026-11-30T18:29:59.999Z",
    "2026-11-30T18:30:00.000Z",
    "2026-11-30T23:59:59.999Z",
    "2026-12-01T00:00:00.000Z",
    "2026-12-31T18:29:59.999Z",
    "2026-12-31T18:30:00.000Z",
    "2027-01-01T00:00:00.000Z",
  ];
  const entries = times.map((time) => ledgerEntry("t-range", idAt(time)));
  await Promise.all([...entries].reverse().map((entry) => stores.ledger.record(entry)));
  await stores.ledger.record(ledgerEntry("t-other", idAt("2026-12-01T00:00:00Z")));
  // December as Asia/Kolkata has it.
  const december = { startMs: at("2026-11-30T18:30:00Z"), endMs: at("2026-12-31T18:30:00Z") };
  expect(await list("t-range", december)).toEqual(entries.slice(1, 5));
  expect(await list("t-range", { startMs: at("2026-11-01"), endMs: at("2028-01-01") })).toEqual(entries);
  expect(await list("t-range", { startMs: at("2026-12-02"), endMs: at("2026-12-03") })).toEqual([]);
});

test("a range does not take in a request of its last instant whose id has no random part", {
  timeout: timeoutMs,
}, async () => {
  const entry = ledgerEntry("t-edge", firstRequestIdAt(at(noon)));
  await stores.ledger.record(entry);
  expect(await list("t-edge", { startMs: at(noon) - 1_000, endMs: at(noon) })).toEqual([]);
  expect(await list("t-edge", { startMs: at(noon), endMs: at(noon) + 1 })).toEqual([entry]);
});

test("pages joined behind each other's last request are the whole list, more than one answer of DynamoDB holds", {
  timeout: timeoutMs,
}, async () => {
  // A query answers with at most 1 MB.
  const large = "w".repeat(60_000);
  const entries = Array.from({ length: 24 }, (_, index) =>
    ledgerEntry("t-pages", idAt(index < 12 ? "2026-10-31T23:00:00Z" : "2026-11-01T01:00:00Z"), {
      wire: large,
    }),
  );
  await Promise.all(entries.map((entry) => stores.ledger.record(entry)));
  const range = { startMs: at("2026-10-31"), endMs: at("2026-11-02") };
  const all = (await list("t-pages", range)).map(({ requestId }) => requestId);
  expect(all).toEqual(entries.map(({ requestId }) => requestId).sort());
  const paged: string[] = [];
  for (let page: string[] = []; ; ) {
    const iterator = stores.ledger.list("t-pages", { ...range, after: paged.at(-1) })[Symbol.asyncIterator]();
    page = [];
    for (let next = await iterator.next(); !next.done && page.length < 10; next = await iterator.next()) {
      page.push(next.value.requestId);
    }
    paged.push(...page);
    if (page.length === 0) {
      break;
    }
  }
  expect(paged).toEqual(all);
});
