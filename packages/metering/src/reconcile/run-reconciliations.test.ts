import { createTables } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { reconciliationAlert } from "../alerts/event-alerts.ts";
import { DynamoReconciliationStore } from "../dynamodb/reconciliation-store.ts";
import { reconciliationsTable } from "../tables.ts";
import { type OpenStores, openStores } from "../testing/open-stores.ts";
import { DriftTally } from "./drift-tally.ts";
import { type Reconciliation, type ReconciliationReport, requestedReconciliation } from "./reconciliation.ts";
import {
  type RunReconciliationsParts,
  rangeProblem,
  requestReconciliations,
  runReconciliations,
} from "./run-reconciliations.ts";

const timeoutMs = 60_000;
const hour = 3_600_000;
const noon = Date.parse("2026-11-22T12:10:00Z");

let stores: OpenStores;
let reconciliations: DynamoReconciliationStore;
let tables = 0;
let clock: ManualClock;
let ran: string[];

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
beforeEach(async () => {
  // Each test has a table of its own: what one leaves due is not the next one's work.
  tables += 1;
  await createTables(stores.client, `test-${tables}`, [reconciliationsTable]);
  reconciliations = new DynamoReconciliationStore(stores.client, `test-${tables}`);
  clock = new ManualClock(noon);
  ran = [];
}, timeoutMs);
afterAll(() => stores?.close());

function drifting(): ReconciliationReport {
  const tally = new DriftTally(0n);
  const amount = { count: 2n ** 60n, costParts: 3_000_000n };
  tally.add({
    tenantId: "t1",
    modelId: "m",
    requestId: "r",
    ledger: { input: [amount] },
    other: { output: [amount] },
  });
  return tally.report({ basisPoints: 10 });
}

const iso = (instantMs: number) => new Date(instantMs).toISOString().slice(11, 16);

function parts(
  more: Partial<RunReconciliationsParts> = {},
  run = async () => drifting(),
): RunReconciliationsParts {
  return {
    reconciliations,
    plans: {
      "invocation-log": {
        run: async ({ startMs, endMs }) => {
          ran.push(`${iso(startMs)}-${iso(endMs)}`);
          return run();
        },
        stretchMs: hour,
        graceMs: 2 * hour,
        stretchesBack: 3,
      },
    },
    sinceMs: async () => 0,
    clock,
    leaseMs: 600_000,
    onReport: async () => undefined,
    onFailure: () => undefined,
    ...more,
  };
}

/** Asks for what is due by the calendar, and runs what was asked for. */
async function round(of: RunReconciliationsParts): Promise<number> {
  await requestReconciliations(of);
  return runReconciliations(of);
}

async function all(): Promise<readonly Reconciliation[]> {
  return (await reconciliations.list({ limit: 100 })).reconciliations;
}

test("hours that are over for the grace are reconciled once each, those that were missed too", {
  timeout: timeoutMs,
}, async () => {
  expect(await round(parts())).toBe(3);
  expect(ran.toSorted()).toEqual(["07:00-08:00", "08:00-09:00", "09:00-10:00"]);
  expect(await round(parts())).toBe(0);
  clock.advance(hour);
  expect(await round(parts())).toBe(1);
  expect(ran.at(-1)).toBe("10:00-11:00");
  const kept = await all();
  expect(kept).toHaveLength(4);
  expect(kept[0]).toMatchObject({ state: "done", attempts: 1, report: drifting() });
  expect(kept[0]?.dueAtMs).toBeUndefined();
});

test("nothing is asked for of the time before there were tenants", { timeout: timeoutMs }, async () => {
  await requestReconciliations(parts({ sinceMs: async () => undefined }));
  expect(await all()).toEqual([]);
  await requestReconciliations(parts({ sinceMs: async () => Date.parse("2026-11-22T09:30:00Z") }));
  expect((await all()).map(({ startMs }) => iso(startMs))).toEqual(["09:00"]);
});

test("two workers at once run each reconciliation once", { timeout: timeoutMs }, async () => {
  const [a, b] = await Promise.all([round(parts()), round(parts())]);
  expect(a + b).toBe(3);
  expect(ran).toHaveLength(3);
});

test("a run that was lost is made again when its lease is over, and given up after the third", {
  timeout: timeoutMs,
}, async () => {
  const failing = parts({}, async () => Promise.reject(new Error("the bucket is gone")));
  for (const expected of [3, 6, 9, 9]) {
    await round(failing);
    expect(ran).toHaveLength(expected);
    clock.advance(599_999);
    await round(failing);
    expect(ran).toHaveLength(expected);
    clock.advance(1);
  }
  expect((await all()).map(({ state, attempts }) => [state, attempts])).toEqual(
    Array.from({ length: 3 }, () => ["failed", 3]),
  );
  expect(ran).toHaveLength(9);
});

test("drift is told before the result is kept, so that a run that is lost in between tells it again", {
  timeout: timeoutMs,
}, async () => {
  const told: unknown[] = [];
  const dying = parts({
    onReport: async (reconciliation, report) => {
      told.push(reconciliationAlert(reconciliation, report));
      throw new Error("killed");
    },
  });
  await round(dying);
  expect(told).toHaveLength(3);
  expect(told[0]).toMatchObject({ rule: "reconciliation", owner: "platform", facts: { verdict: "drifts" } });
  clock.advance(600_000);
  await round(parts({ onReport: async (one, report) => void told.push(reconciliationAlert(one, report)) }));
  expect(told).toHaveLength(6);
  expect(told.slice(3)).toEqual(expect.arrayContaining(told.slice(0, 3)));
});

test("a range is asked for by hand as often as one likes, and not before it is over for the grace", {
  timeout: timeoutMs,
}, async () => {
  const range = { source: "invocation-log", startMs: noon - 5 * hour, endMs: noon - 4 * hour } as const;
  for (const again of ["a", "b"]) {
    expect(await reconciliations.request(requestedReconciliation(range, noon, again))).toBe(true);
  }
  expect(await reconciliations.request(requestedReconciliation(range, noon, "a"))).toBe(false);
  while ((await round(parts())) > 0) {}
  expect(ran.filter((one) => one === "07:10-08:10")).toHaveLength(2);
  expect(rangeProblem("invocation-log", range, parts())).toBeUndefined();
  expect(rangeProblem("invocation-log", { endMs: noon - 2 * hour + 1 }, parts())).toBe("too early");
  expect(rangeProblem("billing-export", range, parts())).toBe("no source");
});

test("the history is listed by source, newest first, page by page", { timeout: timeoutMs }, async () => {
  for (const minute of [1, 3, 2]) {
    const range = { source: "billing-export", startMs: minute, endMs: minute + 1 } as const;
    await reconciliations.request(requestedReconciliation(range, minute));
  }
  await reconciliations.request(
    requestedReconciliation({ source: "invocation-log", startMs: 0, endMs: 1 }, 9),
  );
  const first = await reconciliations.list({ source: "billing-export", limit: 2 });
  const second = await reconciliations.list({ source: "billing-export", limit: 2, after: first.next });
  expect(
    [first, second].map((page) => page.reconciliations.map(({ requestedAtMs }) => requestedAtMs)),
  ).toEqual([[3, 2], [1]]);
});
