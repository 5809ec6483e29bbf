import { ManualClock, newRequestId } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerEntry } from "../ledger-store.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { referenceReport } from "../testing/reference-report.ts";
import { type Step, SteppedLedgerStore, SteppedRollUpStore } from "../testing/stepped-reports.ts";
import { sumUsage, type UsageDimension, usageDimensions } from "./query-usage.ts";
import { rollUpUsage } from "./roll-up-usage.ts";
import { RollingLedgerStore } from "./rolling-ledger-store.ts";
import { hourMs } from "./usage-cell.ts";

const timeoutMs = 120_000;
const tenantIds = ["t-1", "t-2"];
const zones = ["UTC", "Asia/Kolkata", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe"];
/** Just before clocks change somewhere, the other way round, or by half an hour. */
const starts = [
  "2026-11-01T07:00:00Z",
  "2026-03-08T08:00:00Z",
  "2026-04-04T13:00:00Z",
  "2026-10-03T13:00:00Z",
].map((text) => Date.parse(text));

class Crash extends Error {}

const call = fc.record({
  tenantId: fc.constantFrom(...tenantIds),
  atMs: fc.integer({ min: 0, max: 5 * hourMs - 1 }),
  application: fc.constantFrom("chat", "search"),
  apiKeyId: fc.constantFrom("k1", "k2"),
  modelId: fc.constantFrom("m.one", "m.two"),
  serviceTier: fc.constantFrom("default", "flex"),
  wire: fc.constantFrom("openai", "bedrock"),
  tokens: fc.integer({ min: 0, max: 1_000 }),
  costNanoUsd: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  estimated: fc.boolean(),
});

/** What one process does, and after how many steps it dies, if it does. */
const process = fc.record({
  does: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("record" as const),
        calls: fc.array(fc.nat(11), { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("record all" as const),
        calls: fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("correct" as const),
        calls: fc.array(fc.nat(11), { minLength: 1, maxLength: 2 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("roll up" as const), calls: fc.constant([] as number[]) }),
    },
  ),
  diesAfter: fc.option(fc.nat(8), { nil: Number.POSITIVE_INFINITY, freq: 2 }),
});

const round = fc.record({
  hoursLater: fc.constantFrom(0, 0, 1, 2, 4, 26),
  processes: fc.array(process, { minLength: 1, maxLength: 5 }),
});

test("whatever is written late, corrected or cut off, and however many roll up: a report is that of the entries", {
  timeout: timeoutMs,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...starts),
      fc.array(call, { minLength: 12, maxLength: 12 }),
      fc.array(round, { minLength: 1, maxLength: 5 }),
      fc.uniqueArray(fc.constantFrom(...usageDimensions)),
      fc.constantFrom(...zones),
      fc.scheduler(),
      async (startMs, calls, rounds, groupBy, timeZone, scheduler) => {
        const clock = new ManualClock(startMs);
        const ledger = new MemoryLedgerStore();
        const rollUps = new MemoryRollUpStore();
        const entries = calls.map((drawn, index) => entryOf(startMs, drawn, index));
        for (const { hoursLater, processes } of rounds) {
          clock.advance(hoursLater * hourMs);
          const running = processes.map(async ({ does, diesAfter }) => {
            let steps = 0;
            const step: Step = async (what) => {
              await scheduler.schedule(Promise.resolve(), `${does.kind}: ${what}`);
              steps += 1;
              if (steps > diesAfter) {
                throw new Crash(what);
              }
            };
            await run(does, entries, {
              createdAtMs: startMs,
              clock,
              ledger: new SteppedLedgerStore(ledger, step),
              rollUps: new SteppedRollUpStore(rollUps, step),
            }).catch((error: unknown) => {
              if (!(error instanceof Crash)) {
                throw error;
              }
            });
          });
          await scheduler.waitFor(Promise.all(running));
          await expectTrue(startMs, groupBy, timeZone, ledger, rollUps);
        }
      },
    ),
    { numRuns: 250 },
  );
});

function entryOf(startMs: number, { atMs, tokens, ...drawn }: CallDrawn, index: number): LedgerEntry {
  const random = { bytes: (count: number) => new Uint8Array(count).fill(index) };
  const requestId = newRequestId(new ManualClock(startMs + atMs), random);
  return ledgerEntry(drawn.tenantId, requestId, {
    ...drawn,
    usage: { input: tokens, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: tokens },
    listCostNanoUsd: drawn.costNanoUsd / 2n,
  });
}

type CallDrawn = typeof call extends fc.Arbitrary<infer Drawn> ? Drawn : never;

interface Stores {
  readonly createdAtMs: number;
  readonly clock: ManualClock;
  readonly ledger: SteppedLedgerStore;
  readonly rollUps: SteppedRollUpStore;
}

async function run(
  does: { readonly kind: "record" | "record all" | "correct" | "roll up"; readonly calls: readonly number[] },
  entries: readonly LedgerEntry[],
  stores: Stores,
): Promise<void> {
  if (does.kind === "roll up") {
    await rollUpUsage({
      ...stores,
      tenants: async () => tenantIds.map((id) => ({ id, createdAtMs: stores.createdAtMs })),
      maxHours: 1_000,
      onFailure: (_, error) => {
        if (!(error instanceof Crash)) {
          throw error;
        }
      },
    });
    return;
  }
  const rolling = new RollingLedgerStore(stores);
  // A call that has not arrived yet cannot be written.
  const wanted = does.calls
    .map((index) => entries[index] as LedgerEntry)
    .filter(({ arrivedAtMs }) => arrivedAtMs <= stores.clock.now());
  if (does.kind === "record all") {
    await rolling.recordAll(wanted.map((entry) => ({ ...entry, estimated: false })));
    return;
  }
  for (const entry of wanted) {
    await (does.kind === "record"
      ? rolling.record(entry)
      : rolling.correct({ ...entry, estimated: false, costNanoUsd: entry.costNanoUsd + 7n }));
  }
}

async function expectTrue(
  startMs: number,
  groupBy: readonly UsageDimension[],
  timeZone: string,
  ledger: MemoryLedgerStore,
  rollUps: MemoryRollUpStore,
): Promise<void> {
  const { rows } = await sumUsage(
    { window: { fromMs: startMs, toMs: startMs + 6 * hourMs }, timeZone, groupBy },
    tenantIds.map((id) => ({ id, timeZone })),
    { ledger, rollUps, adjustments: { async *ofCalls() {} } },
  );
  const reported = rows.map(
    ({ group, requests, tokens, listCostNanoUsd, costNanoUsd, estimatedRequests }) => ({
      group,
      requests,
      tokens,
      listCostNanoUsd,
      costNanoUsd,
      estimatedRequests,
    }),
  );
  const expected = referenceReport(ledger.all(), groupBy, timeZone);
  expect(reported).toHaveLength(expected.length);
  expect(new Set(reported.map(asText))).toEqual(new Set(expected.map(asText)));
}

function asText(row: object): string {
  return JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value));
}
