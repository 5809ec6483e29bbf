import { firstRequestIdAt, ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LedgerEntry, LedgerRange, LedgerStore } from "./ledger-store.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { MemoryLedgerStore } from "./testing/memory-ledger-store.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";

const timeoutMs = 60_000;
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());
const memory = new MemoryLedgerStore();

const at = (text: string) => Date.parse(text);
const idAt = (text: string) => newRequestId(new ManualClock(at(text)), systemRandom);
const noon = "2026-11-22T12:00:00Z";

async function read(entries: AsyncIterable<LedgerEntry>): Promise<LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  for await (const entry of entries) {
    all.push(entry);
  }
  return all;
}

describe.each([
  ["DynamoDB", (): LedgerStore => stores.ledger],
  ["memory", (): LedgerStore => memory],
])("the ledger in %s", (_, open) => {
  const list = (tenantId: string, range: LedgerRange) => read(open().list(tenantId, range));

  test("an entry is read back whole, with money above a JavaScript number's precision exact", {
    timeout: timeoutMs,
  }, async () => {
    const entry = ledgerEntry("t1", idAt(noon), {
      costNanoUsd: 2n ** 60n + 1n,
      assumedClasses: ["cacheWrite1h"],
      usage: { input: 1, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4, output: 5 },
    });
    expect(await open().record(entry)).toEqual(entry);
    expect(await open().find("t1", entry.requestId)).toEqual(entry);
    expect(await open().find("t2", entry.requestId)).toBeUndefined();
  });

  test("of many who record one request at once one wins, and all are given the entry that stands", {
    timeout: timeoutMs,
  }, async () => {
    const requestId = idAt(noon);
    const tries = Array.from({ length: 8 }, (_, cost) =>
      ledgerEntry("t1", requestId, { costNanoUsd: BigInt(cost) }),
    );
    const answers = await Promise.all(tries.map((entry) => open().record(entry)));
    const standing = await open().find("t1", requestId);
    expect(tries).toContainEqual(standing);
    for (const answer of answers) {
      expect(answer).toEqual(standing);
    }
  });

  test("an estimate is corrected once, and what is not an estimate never", {
    timeout: timeoutMs,
  }, async () => {
    const requestId = idAt(noon);
    const estimate = ledgerEntry("t1", requestId, { estimated: true, costNanoUsd: 10n });
    const first = ledgerEntry("t1", requestId, { costNanoUsd: 7n });
    const second = ledgerEntry("t1", requestId, { costNanoUsd: 9n });
    await open().record(estimate);
    expect(await open().record(first)).toEqual(estimate);
    const corrected = { ...first, corrected: { atMs: first.settledAtMs, estimatedCostNanoUsd: 10n } };
    expect(await open().correct(first)).toEqual(corrected);
    expect(await open().correct(second)).toEqual(corrected);
    expect(await open().find("t1", requestId)).toEqual(corrected);
  });

  test("a correction writes the entry of a call that died before it had one", {
    timeout: timeoutMs,
  }, async () => {
    const entry = ledgerEntry("t1", idAt(noon));
    expect(await open().correct(entry)).toEqual(entry);
    expect(await open().find("t1", entry.requestId)).toEqual(entry);
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
    await Promise.all([...entries].reverse().map((entry) => open().record(entry)));
    await open().record(ledgerEntry("t-other", idAt("2026-12-01T00:00:00Z")));
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
    await open().record(entry);
    expect(await list("t-edge", { startMs: at(noon) - 1_000, endMs: at(noon) })).toEqual([]);
    expect(await list("t-edge", { startMs: at(noon), endMs: at(noon) + 1 })).toEqual([entry]);
  });

  test("entries that are recorded together are written once, however often, in any number", {
    timeout: timeoutMs,
  }, async () => {
    const entries = Array.from({ length: 60 }, () =>
      ledgerEntry("t-all", idAt(noon), { grant: { id: "req_grant", batch: 2 } }),
    );
    expect(await open().recordAll([])).toEqual([]);
    expect(await open().recordAll(entries.slice(0, 40))).toEqual([]);
    expect(await open().recordAll(entries)).toEqual([]);
    const all = await list("t-all", { startMs: at(noon), endMs: at(noon) + 1 });
    expect(all.map(({ requestId }) => requestId)).toEqual(entries.map(({ requestId }) => requestId).sort());
    expect(await open().find("t-all", entries[59]!.requestId)).toEqual(entries[59]);
  });

  test("a correction keeps what was estimated, and the grant that let the call through", {
    timeout: timeoutMs,
  }, async () => {
    const requestId = idAt(noon);
    const grant = { id: "req_grant", batch: 3 };
    await open().record(ledgerEntry("t1", requestId, { estimated: true, costNanoUsd: 10n, grant }));
    const told = ledgerEntry("t1", requestId, { costNanoUsd: 7n, grant: { id: "req_other", batch: 9 } });
    const corrected = { ...told, grant, corrected: { atMs: told.settledAtMs, estimatedCostNanoUsd: 10n } };
    expect(await open().correct(told)).toEqual(corrected);
    expect(await open().find("t1", requestId)).toEqual(corrected);
  });

  test("a list continues behind the request it is told", { timeout: timeoutMs }, async () => {
    const times = ["2026-11-30T23:00:00Z", "2026-12-01T00:00:00Z", "2026-12-01T01:00:00Z"];
    const entries = times.map((time) => ledgerEntry("t-after", idAt(time)));
    expect(await open().recordAll(entries)).toEqual([]);
    const range = { startMs: at("2026-11-01"), endMs: at("2027-01-01") };
    expect(await list("t-after", { ...range, after: entries[0]!.requestId })).toEqual(entries.slice(1));
    expect(await list("t-after", { ...range, after: entries[2]!.requestId })).toEqual([]);
  });
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
  const all = (await read(stores.ledger.list("t-pages", range))).map(({ requestId }) => requestId);
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
