import { systemRandom } from "@caprock/platform";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { closeMonth } from "../closed-months/close-month.ts";
import { DynamoAccountListing } from "../dynamodb/account-listing.ts";
import { GrantAdmission } from "../grants/grant-admission.ts";
import { HoldAdmission } from "../hold-admission.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { monthlyCap } from "../limits.ts";
import { rollUpUsage } from "../reports/roll-up-usage.ts";
import { admissionRequest } from "../testing/admission-request.ts";
import { collect } from "../testing/collect.ts";
import { MemoryGrantNotes } from "../testing/memory-grant-notes.ts";
import { failedChecks, graceMs, holdTtlMs, type OpenBooks, openBooks } from "../testing/open-books.ts";
import { prefix } from "../testing/open-stores.ts";
import type { CheckReport } from "./findings.ts";
import { workerSlackMs } from "./holds-resolve.ts";
import type { VerifyParts } from "./verify-parts.ts";

const timeoutMs = 60_000;
const hourMs = 3_600_000;
/** Two hours before November begins in India. */
const startMs = Date.parse("2026-10-31T16:30:00Z");
let books: OpenBooks;
let october: LedgerEntry;
let november: LedgerEntry;

let sound: () => Promise<void>;
let nowMs: number;

/** Calls in October and in November, some of them rolled up; October is closed. */
beforeAll(async () => {
  books = await openBooks(startMs);
  const { clock, tenant } = books;
  october = await books.call();
  await books.call();
  clock.set(Date.parse("2026-11-02T10:00:00Z"));
  november = await books.call();
  await books.call();
  await books.call();
  clock.advance(4 * hourMs);
  await rollUpUsage({
    ...books,
    tenants: async () => [tenant],
    maxHours: 10_000,
    onFailure: (what, error) => expect.unreachable(`${what}: ${error}`),
  });
  expect(await closeMonth(tenant, "2026-10", { ...books, closeAfterMs: 1 })).toMatchObject({
    entries: 2,
  });
  // The last two are in an hour that is not rolled up.
  clock.advance(hourMs);
  november = await books.call();
  await books.call();
  sound = await books.remember();
  nowMs = clock.now();
}, timeoutMs);
afterEach(async () => {
  await sound();
  books.clock.set(nowMs);
  books.history.edits = [];
  books.history.released.clear();
}, timeoutMs);
afterAll(() => books.close());

const checkOf = async (id: string, more?: Partial<VerifyParts>) =>
  (await books.verify(more)).checks.find((check) => check.id === id) as CheckReport;

test("sound books pass every check, and the report counts what it looked at", {
  timeout: timeoutMs,
}, async () => {
  const report = await books.verify();
  expect(failedChecks(report)).toEqual([]);
  expect(
    Object.fromEntries(report.checks.map(({ id, outcome, lookedAt }) => [id, { outcome, ...lookedAt }])),
  ).toEqual({
    // Two months, two days and two weeks; three minutes; and one for calls at once.
    "accounts-add-up": { outcome: "pass", accounts: 10, holds: 0, grants: 0 },
    "accounts-match-ledger": { outcome: "pass", accounts: 6, entries: 7 },
    "entries-recompute": { outcome: "pass", entries: 7, "of the present edition, priced anew": 7 },
    "holds-resolve": { outcome: "pass", accounts: 10 },
    "log-agrees": { outcome: "skipped" },
    "closed-months-stand": { outcome: "pass", "closed months": 1, entries: 2, adjustments: 0 },
    "audit-chains-hold": { outcome: "pass", chains: 2, entries: 2 },
    "roll-ups-agree": { outcome: "pass", hours: expect.any(Number), cells: 2 },
    "cloudwatch-agrees": { outcome: "skipped" },
    "witness-agrees": { outcome: "skipped" },
    "memory-agrees": { outcome: "skipped" },
  });
});

const onCap = () => monthlyCap(books.tenant, books.clock.now()).accountId;

/** Each corruption, what it does, and the checks that must find it: these and no other. */
const corruptions: Readonly<
  Record<string, { readonly plant: () => Promise<void>; readonly found: readonly string[] }>
> = {
  "an entry's cost is changed": {
    plant: () => books.forge({ ...november, costNanoUsd: november.costNanoUsd - 1n }),
    found: ["accounts-match-ledger", "entries-recompute"],
  },
  "an entry is made cheaper with a rate that is not the price book's": {
    plant: () => {
      const lines = november.lines.map((line) => ({
        ...line,
        rateNanoUsdPerMillion: line.rateNanoUsdPerMillion - 1n,
      }));
      return books.forge({ ...november, lines });
    },
    // The rates are so little lower that the rounded cost is the same.
    found: ["entries-recompute"],
  },
  "tokens are taken from an entry's usage": {
    plant: () => books.forge({ ...november, usage: { ...november.usage, output: 33 } }),
    found: ["accounts-match-ledger", "entries-recompute"],
  },
  "an entry says that it arrived a second earlier": {
    plant: () => books.forge({ ...november, arrivedAtMs: november.arrivedAtMs - 1_000 }),
    found: ["entries-recompute"],
  },
  "an entry is kept a second time, in another month": {
    plant: () => books.forge(november, `${books.tenant.id}#2026-10`),
    found: ["accounts-match-ledger", "entries-recompute"],
  },
  "an entry is deleted": {
    plant: () => books.remove(november),
    found: ["accounts-match-ledger"],
  },
  "a call is settled twice": {
    plant: () =>
      books.tamper("SET settled = settled + :used, available = available - :used", {
        ":used": november.costNanoUsd,
      }),
    found: ["accounts-match-ledger"],
  },
  "an account is deleted": {
    plant: () => books.removeItem("accounts", { accountId: onCap() }),
    found: ["accounts-match-ledger"],
  },
  "a hold is dropped without giving back what it held": {
    plant: async () => {
      const requestId = books.newRequestId();
      await books.reserve(requestId);
      await books.tamper("REMOVE #hold", {}, { "#hold": `hold#${requestId}` });
    },
    found: ["accounts-add-up"],
  },
  "more is settled than the limit allows": {
    plant: () =>
      books.tamper("SET allowance = :limit, available = :limit - settled", {
        ":limit": november.costNanoUsd,
      }),
    found: ["accounts-add-up"],
  },
  "a hold is left open": {
    plant: async () => {
      await books.reserve(books.newRequestId());
      books.clock.advance(holdTtlMs + graceMs + workerSlackMs + 1);
    },
    found: ["holds-resolve"],
  },
  "a roll-up is stale": {
    plant: async () => {
      const key = { tenantId: books.tenant.id, part: "hour#2026-11-02T10:00:00.000Z" };
      const october = await books.item("rollups", { ...key, part: "hour#2026-10-31T16:00:00.000Z" });
      await books.putItem("rollups", { ...october, ...key, startMs: Date.parse("2026-11-02T10:00:00Z") });
    },
    found: ["roll-ups-agree"],
  },
  "a roll-up is deleted": {
    plant: () =>
      books.removeItem("rollups", { tenantId: books.tenant.id, part: "hour#2026-11-02T10:00:00.000Z" }),
    found: ["roll-ups-agree"],
  },
  "a receipt of a closed month is altered without a change of any sum": {
    plant: () => books.forge({ ...october, settledAtMs: october.settledAtMs + 1 }),
    found: ["closed-months-stand"],
  },
};

for (const [what, { plant, found }] of Object.entries(corruptions)) {
  test(`it is found, by the right check, that ${what}`, { timeout: timeoutMs }, async () => {
    await plant();
    expect(failedChecks(await books.verify())).toEqual(found);
  });
}

test("a broken audit chain is found, with the entry it breaks at", { timeout: timeoutMs }, async () => {
  const check = await checkOf("audit-chains-hold", {
    auditChainOf: async (owner) =>
      owner === "platform"
        ? { intactEntries: 2 }
        : { intactEntries: 4, firstBroken: { sequence: 5, fault: "changed" } },
  });
  expect(check).toMatchObject({
    outcome: "fail",
    offenders: [{ id: books.tenant.id, what: "entry 5 is changed" }],
  });
});

test("offenders are named with what was found and what should have been", {
  timeout: timeoutMs,
}, async () => {
  await books.remove(november);
  const { offenders, offenderCount } = await checkOf("accounts-match-ledger");
  // The month's money and the day's tokens; requests may be more than entries. Of a call 13 x 1.000000001 + 34 x 5
  // USD a million come to 183,001 nano-USD, rounded up, and 15 % more to 210,452.
  expect(offenderCount).toBe(2);
  expect(offenders).toContainEqual({
    id: onCap(),
    what: "has settled $0.001052260, and the ledger comes to $0.000841808: $0.000210452 too much",
  });
});

test("a crash between the ledger and the account is explained, and so are calls of a grant that wait to be told", {
  timeout: timeoutMs,
}, async () => {
  const requestId = books.newRequestId();
  await books.reserve(requestId);
  await books.ledger.record(books.receipt(requestId));
  const { clock, accounts, ledger, tenant } = books;
  const parts = {
    accounts,
    ledger,
    notes: new MemoryGrantNotes(),
    clock,
    random: systemRandom,
    holdTtlMs,
    resolvesLater: true,
    pause: async () => {},
  };
  const process = new GrantAdmission({
    ...parts,
    holds: new HoldAdmission(parts),
    repeat: () => () => undefined,
    onFailure: (_, error) => expect.unreachable(String(error)),
  });
  for (let call = 0; call < 5; call += 1) {
    await books.call(process);
  }
  const cap = await accounts.read(monthlyCap(tenant, clock.now()).accountId);
  expect(cap?.grants).toHaveLength(1);
  const report = await books.verify();
  expect(failedChecks(report)).toEqual([]);
  const { remarks } = report.checks.find(({ id }) => id === "accounts-match-ledger") as CheckReport;
  expect(remarks.map(({ what }) => what)).toEqual([
    "accounts with entries whose call is still open there: not expected yet",
  ]);
  await process.close();
  expect(failedChecks(await books.verify())).toEqual([]);
});

test("a limit that is added within its window may count less than the ledger, and never more", {
  timeout: timeoutMs,
}, async () => {
  const rules = [
    { id: "model", scope: "model", unit: "nanoUsd", window: "month", amount: 10_000_000_000n },
  ] as const;
  const tenant = { ...books.tenant, limits: { ...books.tenant.limits, rules, version: 2 } };
  const requestId = books.newRequestId();
  const reservation = await books.admission.reserve(admissionRequest(tenant, requestId, 10_000_000n));
  if ("refused" in reservation) {
    throw new Error(reservation.refused.message);
  }
  await books.admission.settle(reservation, books.receipt(requestId));
  // The model's limit has counted one call of six, and the day's tokens and the key's requests not the last one.
  expect((await checkOf("accounts-match-ledger")).offenderCount).toBe(3);
  books.history.edits = [{ atMs: books.clock.now(), rezoned: false }];
  const edited = await checkOf("accounts-match-ledger");
  expect([edited.outcome, edited.remarks.map(({ what }) => what)]).toEqual([
    "pass",
    ["accounts whose limits were edited in the window: they counted for a part of it"],
  ]);
  const { accountId } = reservation.holds.find((held) => held.accountId.includes("#model:")) ?? {
    accountId: "",
  };
  const account = await books.item("accounts", { accountId });
  await books.putItem("accounts", { ...account, settled: 2_000_000, available: 10_000_000_000 - 2_000_000 });
  expect(failedChecks(await books.verify())).toEqual(["accounts-match-ledger"]);
});

test("a limit that was lowered below what is used is no failure", { timeout: timeoutMs }, async () => {
  await books.accounts.applyLimit({
    ...monthlyCap(books.tenant, books.clock.now()),
    amount: 1n,
    version: 9_000,
  });
  expect(failedChecks(await books.verify())).toEqual(["accounts-add-up"]);
  books.history.edits = [{ atMs: books.clock.now(), rezoned: false }];
  const check = await checkOf("accounts-add-up");
  expect([check.outcome, check.remarks.map(({ count }) => count)]).toEqual(["pass", [1]]);
});

test("a call whose hold an operator gave back, and that became known later, is on either side", {
  timeout: timeoutMs,
}, async () => {
  const entry = books.receipt(books.newRequestId());
  await books.ledger.record(entry);
  expect(failedChecks(await books.verify())).toEqual(["accounts-match-ledger"]);
  books.history.released.add(entry.requestId);
  const { remarks } = await checkOf("accounts-match-ledger");
  expect(remarks.map(({ what }) => what)).toContain(
    "accounts with entries whose hold an operator gave back before",
  );
});

test("an account that moves each time it is read is judged by what it had settled before, and so is what it lost", {
  timeout: timeoutMs,
}, async () => {
  books.clock.advance(hourMs);
  await books.call();
  const movingAccounts = {
    read: async (accountId: string) => {
      const account = await books.accounts.read(accountId);
      await books.call();
      return account;
    },
  };
  // Listed first, so that no account matches at once.
  const accountListing = {
    async *list() {
      const accounts = await collect(new DynamoAccountListing(books.client, prefix).list());
      await books.call();
      yield* accounts;
    },
  };
  const check = () => checkOf("accounts-match-ledger", { accounts: movingAccounts, accountListing });
  const { outcome, remarks } = await check();
  expect([outcome, remarks.map(({ what }) => what)]).toEqual([
    "pass",
    ["accounts that moved while they were read: entries settled around then could not be told apart"],
  ]);
  await books.tamper("SET settled = settled - :used, available = available + :used", {
    ":used": 1_000n * november.costNanoUsd,
  });
  expect((await check()).outcome).toBe("fail");
});

test("books that are written to while they are read pass, call after call", {
  timeout: timeoutMs,
}, async () => {
  books.clock.advance(hourMs);
  let isOver = false;
  let calls = 0;
  const lane = async () => {
    while (!isOver) {
      await books.call();
      calls += 1;
    }
  };
  const lanes = [lane(), lane(), lane(), lane()];
  for (let round = 0; round < 3; round += 1) {
    expect(failedChecks(await books.verify())).toEqual([]);
  }
  isOver = true;
  await Promise.all(lanes);
  expect(calls).toBeGreaterThan(20);
  expect(failedChecks(await books.verify())).toEqual([]);
});

test("one month is looked at alone when it is asked for", { timeout: timeoutMs }, async () => {
  await books.remove(november);
  expect(failedChecks(await books.verify({}, "2026-10"))).toEqual([]);
  const report = await books.verify({}, "2026-11");
  expect(failedChecks(report)).toEqual(["accounts-match-ledger"]);
  const lookedAt = (id: string) => report.checks.find((check) => check.id === id)?.lookedAt;
  expect([lookedAt("entries-recompute")?.entries, lookedAt("closed-months-stand")]).toEqual([4, {}]);
});

test("a check that cannot be finished says why, and the others are made", {
  timeout: timeoutMs,
}, async () => {
  const report = await books.verify({
    auditChainOf: async () => {
      throw new Error("the table is not there");
    },
  });
  expect(failedChecks(report)).toEqual(["audit-chains-hold"]);
  expect(report.checks.find(({ id }) => id === "audit-chains-hold")).toMatchObject({
    outcome: "unfinished",
    reason: "Error: the table is not there",
  });
});
