import { ManualClock, newRequestId, type RequestId, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, heldOn } from "./account-store.ts";
import type { LedgerEntry } from "./ledger-store.ts";
import { monthlyCap } from "./limits.ts";
import { type Reservation, release, reserve } from "./reserve.ts";
import { resolveHolds } from "./resolve-holds.ts";
import { leaveUnresolved, settle } from "./settle.ts";
import { type OpenStores, openStores, tenantWith } from "./testing/open-stores.ts";

const start = Date.parse("2026-11-22T12:00:00Z");
const holdTtlMs = 60_000;

let stores: OpenStores;
let tenantCount = 0;

beforeAll(async () => {
  stores = await openStores();
});
afterAll(() => stores.close());

function newTenant(limits: Partial<Tenant["limits"]> = {}): Tenant {
  tenantCount += 1;
  return tenantWith(`t${String(tenantCount).padStart(12, "0")}`, limits);
}

function entryOf(requestId: RequestId, tenant: Tenant, costNanoUsd: bigint, estimated = false): LedgerEntry {
  return {
    requestId,
    tenantId: tenant.id,
    apiKeyId: "k000000000000",
    modelId: "m",
    invokedId: "m",
    wire: "test",
    status: "completed",
    arrivedAtMs: start,
    settledAtMs: start,
    usage: { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1 },
    lines: [],
    costNanoUsd,
    priceBookVersion: "test",
    serviceTier: "default",
    estimated,
    assumedClasses: [],
    simulated: false,
  };
}

async function budgetOf(tenant: Tenant, nowMs = start): Promise<Account> {
  const account = await stores.accounts.read(monthlyCap(tenant, nowMs).accountId);
  expect(account).toBeDefined();
  return account!;
}

function expectBalanced(account: Account): void {
  expect(account.available + account.settled + heldOn(account)).toBe(account.limit);
}

const timeoutMs = 120_000;

test(
  "a tenant's very first calls, made at once, get exactly what the cap affords",
  async () => {
    const tenant = newTenant({ monthlyCapNanoUsd: 205n });
    const clock = new ManualClock(start);
    const parts = { accounts: stores.accounts, clock, holdTtlMs };
    const results = await Promise.all(
      Array.from({ length: 60 }, () =>
        reserve({ requestId: newRequestId(clock, systemRandom), tenant, worstCaseNanoUsd: 10n }, parts),
      ),
    );
    expect(results.filter((result) => !("refused" in result))).toHaveLength(20);
    const refused = results.flatMap((result) => ("refused" in result ? [result.refused] : []));
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["budget_exceeded"]));
    const account = await budgetOf(tenant);
    expect(heldOn(account)).toBe(200n);
    expectBalanced(account);
  },
  timeoutMs,
);

test(
  "a refused call holds nothing on any account",
  async () => {
    const tenant = newTenant({ monthlyCapNanoUsd: 5n, requestsPerMinute: 3 });
    const clock = new ManualClock(start);
    const parts = { accounts: stores.accounts, clock, holdTtlMs };
    for (let call = 0; call < 5; call += 1) {
      const result = await reserve(
        { requestId: newRequestId(clock, systemRandom), tenant, worstCaseNanoUsd: 6n },
        parts,
      );
      expect(result).toMatchObject({
        refused: { code: "budget_exceeded", details: { remainingUsd: "0.000000005" } },
      });
    }
  },
  timeoutMs,
);

test(
  "the request limit refuses with the seconds until it resets, and not in the next minute",
  async () => {
    const tenant = newTenant({ requestsPerMinute: 1 });
    const clock = new ManualClock(start + 15_000);
    const parts = { accounts: stores.accounts, clock, holdTtlMs };
    const ask = () =>
      reserve({ requestId: newRequestId(clock, systemRandom), tenant, worstCaseNanoUsd: 1n }, parts);
    expect(await ask()).toHaveProperty("holds");
    expect(await ask()).toMatchObject({ refused: { code: "rate_limited", retryAfterSeconds: 45 } });
    clock.advance(45_000);
    expect(await ask()).toHaveProperty("holds");
  },
  timeoutMs,
);

test(
  "a cap that was raised holds for the running month, and a stale copy of the old one does not undo it",
  async () => {
    const old = newTenant({ monthlyCapNanoUsd: 10n });
    const raised: Tenant = { ...old, limits: { ...old.limits, monthlyCapNanoUsd: 100n, version: 2 } };
    const clock = new ManualClock(start);
    const parts = { accounts: stores.accounts, clock, holdTtlMs };
    const ask = (tenant: Tenant, worstCaseNanoUsd: bigint) =>
      reserve({ requestId: newRequestId(clock, systemRandom), tenant, worstCaseNanoUsd }, parts);
    expect(await ask(old, 10n)).toHaveProperty("holds");
    expect(await ask(old, 50n)).toHaveProperty("refused");
    expect(await ask(raised, 50n)).toHaveProperty("holds");
    expect(await ask(old, 40n)).toHaveProperty("holds");
    expect(await ask(old, 1n)).toHaveProperty("refused");
    expectBalanced(await budgetOf(raised));
  },
  timeoutMs,
);

test(
  "a cap lowered below what is used refuses everything and loses nothing",
  async () => {
    const before = newTenant({ monthlyCapNanoUsd: 100n });
    const clock = new ManualClock(start);
    const parts = { accounts: stores.accounts, clock, holdTtlMs };
    const requestId = newRequestId(clock, systemRandom);
    const reservation = (await reserve(
      { requestId, tenant: before, worstCaseNanoUsd: 80n },
      parts,
    )) as Reservation;
    const after: Tenant = { ...before, limits: { ...before.limits, monthlyCapNanoUsd: 50n, version: 2 } };
    await stores.accounts.applyLimit(monthlyCap(after, start));
    expect(
      await reserve(
        { requestId: newRequestId(clock, systemRandom), tenant: after, worstCaseNanoUsd: 1n },
        parts,
      ),
    ).toHaveProperty("refused");
    await settle(reservation, entryOf(requestId, after, 30n), {
      accounts: stores.accounts,
      ledger: stores.ledger,
      clock,
      resolvesLater: false,
    });
    const account = await budgetOf(after);
    expect(account).toMatchObject({ settled: 30n, available: 20n, limit: 50n });
  },
  timeoutMs,
);

type Step =
  | { kind: "reserve"; amount: number }
  | {
      kind: "settle" | "crashAfterLedger" | "crash" | "repeat" | "release" | "unresolved";
      pick: number;
      share: number;
    }
  | { kind: "expire" }
  | { kind: "editCap"; cap: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("reserve" as const),
        amount: fc.integer({ min: 1, max: 60 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          "settle" as const,
          "crashAfterLedger" as const,
          "crash" as const,
          "repeat" as const,
          "release" as const,
          "unresolved" as const,
        ),
        pick: fc.nat(),
        share: fc.integer({ min: 0, max: 100 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("editCap" as const), cap: fc.integer({ min: 50, max: 200 }) }),
    },
  ),
  { minLength: 3, maxLength: 12 },
);

test(
  "whatever happens to calls, settled + held stays within the cap, every cost is counted once, nothing is stuck",
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        let tenant = newTenant({ monthlyCapNanoUsd: 100n });
        let highestCap = 100n;
        const clock = new ManualClock(start);
        const parts = { ...stores, clock, holdTtlMs, resolvesLater: false };
        const open: { reservation: Reservation; amount: bigint }[] = [];
        const settled: { reservation: Reservation; entry: LedgerEntry }[] = [];
        let billed = 0n;
        for (const step of script) {
          if (step.kind === "reserve") {
            const requestId = newRequestId(clock, systemRandom);
            const amount = BigInt(step.amount);
            const result = await reserve({ requestId, tenant, worstCaseNanoUsd: amount }, parts);
            if (!("refused" in result)) {
              open.push({ reservation: result, amount });
            }
          } else if (step.kind === "expire") {
            clock.advance(holdTtlMs + 1);
            await expireAll(clock.now());
            open.length = 0;
          } else if (step.kind === "editCap") {
            const limits = {
              ...tenant.limits,
              monthlyCapNanoUsd: BigInt(step.cap),
              version: tenant.limits.version + 1,
            };
            tenant = { ...tenant, limits };
            highestCap = limits.monthlyCapNanoUsd > highestCap ? limits.monthlyCapNanoUsd : highestCap;
            await stores.accounts.applyLimit(monthlyCap(tenant, clock.now()));
          } else if (step.kind === "repeat") {
            const again = settled[step.pick % Math.max(1, settled.length)];
            if (again) {
              await settle(
                again.reservation,
                { ...again.entry, costNanoUsd: again.entry.costNanoUsd + 7n },
                parts,
              );
            }
          } else {
            const [call] = open.splice(step.pick % Math.max(1, open.length), 1);
            if (!call) {
              continue;
            }
            const cost = (call.amount * BigInt(step.share)) / 100n;
            const entry = entryOf(call.reservation.requestId, tenant, cost);
            if (step.kind === "settle") {
              await settle(call.reservation, entry, parts);
              settled.push({ reservation: call.reservation, entry });
              billed += cost;
            } else if (step.kind === "crashAfterLedger") {
              await stores.ledger.record(entry);
              billed += cost;
            } else if (step.kind === "release") {
              await release(call.reservation, parts);
            } else if (step.kind === "unresolved") {
              await leaveUnresolved(call.reservation, parts);
            }
          }
          const account = await stores.accounts.read(monthlyCap(tenant, clock.now()).accountId);
          if (account) {
            expectBalanced(account);
            expect(account.settled + heldOn(account) <= highestCap).toBe(true);
          }
        }
        clock.advance(holdTtlMs + 1);
        await expireAll(clock.now());
        await expireAll(clock.now() + 1_000);
        const account = await stores.accounts.read(monthlyCap(tenant, start).accountId);
        expect(account?.holds ?? []).toEqual([]);
        expect(account?.settled ?? 0n).toBe(billed);
      }),
      { numRuns: 25 },
    );

    /** The log says that nothing else ran; two jobs go at once. */
    async function expireAll(nowMs: number): Promise<void> {
      const job = () =>
        resolveHolds({
          ...stores,
          clock: new ManualClock(nowMs),
          invocationLog: { find: () => Promise.resolve(new Map()), isAlive: () => Promise.resolve(true) },
          receiptOf: () => undefined,
          graceMs: 0,
          retryMs: 1,
          onFailure: (what, error) => expect.unreachable(`${what}: ${String(error)}`),
        });
      await Promise.all([job(), job()]);
    }
  },
  timeoutMs,
);

test("a hold left unresolved while its account is swept is looked at in the next round, not when others expire", async () => {
  const tenant = newTenant();
  const limit = monthlyCap(tenant, start);
  const later = start + holdTtlMs;
  for (const requestId of ["req_a", "req_b"]) {
    await stores.accounts.hold(limit, { requestId, amount: 10n, expiresAtMs: later });
  }
  const swept = await budgetOf(tenant);
  await stores.accounts.keep(
    limit.accountId,
    { requestId: "req_a", amount: 10n },
    { amount: 10n, expiresAtMs: start },
  );
  await stores.accounts.schedule(swept, later + 1);
  const due: string[] = [];
  for await (const accountId of stores.accounts.due(start)) {
    due.push(accountId);
  }
  expect(due).toContain(limit.accountId);
});
