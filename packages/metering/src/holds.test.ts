import { ManualClock, newRequestId, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, heldOn } from "./account-store.ts";
import type { Reservation } from "./admission.ts";
import { HoldAdmission } from "./hold-admission.ts";
import type { LedgerEntry } from "./ledger-store.ts";
import { monthlyCap } from "./limits.ts";
import { resolveHolds } from "./resolve-holds.ts";
import { admissionRequest } from "./testing/admission-request.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { MemoryInvocationLog } from "./testing/memory-invocation-log.ts";
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

function admissionAt(clock: ManualClock): HoldAdmission {
  return new HoldAdmission({ ...stores, clock, holdTtlMs, resolvesLater: false, pause: async () => {} });
}

/** Asks for a new call of the tenant. */
function ask(tenant: Tenant, clock: ManualClock, worstCaseNanoUsd: bigint) {
  const request = admissionRequest(tenant, newRequestId(clock, systemRandom), worstCaseNanoUsd);
  return admissionAt(clock).reserve(request);
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
    const results = await Promise.all(Array.from({ length: 60 }, () => ask(tenant, clock, 10n)));
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
    for (let call = 0; call < 5; call += 1) {
      expect(await ask(tenant, clock, 6n)).toMatchObject({
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
    expect(await ask(tenant, clock, 1n)).toHaveProperty("holds");
    expect(await ask(tenant, clock, 1n)).toMatchObject({
      refused: { code: "rate_limited", retryAfterSeconds: 45 },
    });
    clock.advance(45_000);
    expect(await ask(tenant, clock, 1n)).toHaveProperty("holds");
  },
  timeoutMs,
);

test(
  "a cap that was raised holds for the running month, and a stale copy of the old one does not undo it",
  async () => {
    const old = newTenant({ monthlyCapNanoUsd: 10n });
    const raised: Tenant = { ...old, limits: { ...old.limits, monthlyCapNanoUsd: 100n, version: 2 } };
    const clock = new ManualClock(start);
    expect(await ask(old, clock, 10n)).toHaveProperty("holds");
    expect(await ask(old, clock, 50n)).toHaveProperty("refused");
    expect(await ask(raised, clock, 50n)).toHaveProperty("holds");
    expect(await ask(old, clock, 40n)).toHaveProperty("holds");
    expect(await ask(old, clock, 1n)).toHaveProperty("refused");
    expectBalanced(await budgetOf(raised));
  },
  timeoutMs,
);

test(
  "a cap lowered below what is used refuses everything and loses nothing",
  async () => {
    const before = newTenant({ monthlyCapNanoUsd: 100n });
    const clock = new ManualClock(start);
    const reservation = (await ask(before, clock, 80n)) as Reservation;
    const after: Tenant = { ...before, limits: { ...before.limits, monthlyCapNanoUsd: 50n, version: 2 } };
    await stores.accounts.applyLimit(monthlyCap(after, start));
    expect(await ask(after, clock, 1n)).toHaveProperty("refused");
    const entry = ledgerEntry(after.id, reservation.requestId, { costNanoUsd: 30n });
    await admissionAt(clock).settle(reservation, entry);
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
        const admission = admissionAt(clock);
        const open: { reservation: Reservation; amount: bigint }[] = [];
        const settled: { reservation: Reservation; entry: LedgerEntry }[] = [];
        let billed = 0n;
        for (const step of script) {
          if (step.kind === "reserve") {
            const amount = BigInt(step.amount);
            const result = await ask(tenant, clock, amount);
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
              const other = { ...again.entry, costNanoUsd: again.entry.costNanoUsd + 7n };
              await admission.settle(again.reservation, other);
            }
          } else {
            const [call] = open.splice(step.pick % Math.max(1, open.length), 1);
            if (!call) {
              continue;
            }
            const cost = (call.amount * BigInt(step.share)) / 100n;
            const entry = ledgerEntry(tenant.id, call.reservation.requestId, { costNanoUsd: cost });
            if (step.kind === "settle") {
              await admission.settle(call.reservation, entry);
              settled.push({ reservation: call.reservation, entry });
              billed += cost;
            } else if (step.kind === "crashAfterLedger") {
              await stores.ledger.record(entry);
              billed += cost;
            } else if (step.kind === "release") {
              await admission.release(call.reservation);
            } else if (step.kind === "unresolved") {
              await admission.leaveUnresolved(call.reservation);
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
          invocationLog: new MemoryInvocationLog(),
          receiptOf: async () => undefined,
          tenantIds: async () => [],
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
    await stores.accounts.hold(limit, { requestId, tenantId: tenant.id, amount: 10n, expiresAtMs: later });
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
