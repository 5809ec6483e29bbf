import { formatUsd, ManualClock, newRequestId, noPlatformLimits, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heldOn } from "../account-store.ts";
import type { Reservation } from "../admission.ts";
import { HoldAdmission } from "../hold-admission.ts";
import { monthlyCap } from "../limits.ts";
import { resolveHolds } from "../resolve-holds.ts";
import { limitsAt } from "../testing/admission-request.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryInvocationLog } from "../testing/memory-invocation-log.ts";
import { type OpenStores, openStores, tenantWith } from "../testing/open-stores.ts";
import { GrantAdmission } from "./grant-admission.ts";

const startMs = Date.parse("2026-11-22T12:00:00Z");
const holdTtlMs = 60_000;
const timeoutMs = 60_000;
let stores: OpenStores;
let tenants = 0;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

const roundMs = 250;

function newTenant(monthlyCapNanoUsd: bigint): Tenant {
  tenants += 1;
  return tenantWith(`t${String(tenants).padStart(12, "0")}`, { monthlyCapNanoUsd });
}

/** A process that admits by grants; time passes while it waits, and every process does its rounds of housekeeping. */
function startProcess(clock: ManualClock, others: GrantAdmission[] = []) {
  let writes = 0;
  let tendedAtMs = clock.now();
  const accounts = new Proxy(stores.accounts, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") {
        return value;
      }
      return (...args: unknown[]) => {
        writes += name === "hold" || name === "changeGrant" || name === "settle" ? 1 : 0;
        return value.apply(target, args);
      };
    },
  });
  const parts = {
    accounts,
    ledger: stores.ledger,
    notes: stores.notes,
    clock,
    random: systemRandom,
    holdTtlMs,
    resolvesLater: true,
    pause: async (durationMs: number) => {
      clock.advance(durationMs);
      if (clock.now() - tendedAtMs >= roundMs) {
        tendedAtMs = clock.now();
        await Promise.all(others.map((other) => other.tend()));
      }
    },
  };
  const admission = new GrantAdmission({
    ...parts,
    holds: new HoldAdmission(parts),
    repeat: () => () => undefined,
    onFailure: (_, error) => {
      throw error;
    },
  });
  others.push(admission);
  const reserve = (tenant: Tenant, worstCaseNanoUsd: bigint) =>
    admission.reserve({
      requestId: newRequestId(clock, systemRandom),
      tenant,
      platform: noPlatformLimits,
      apiKeyId: "k000000000000",
      application: "default",
      modelId: "vendor.model",
      worstCaseNanoUsd,
      worstCaseTokens: worstCaseNanoUsd === 0n ? 0 : 10,
    });
  const settle = (tenant: Tenant, reservation: Reservation, costNanoUsd: bigint) =>
    admission.settle(reservation, ledgerEntry(tenant.id, reservation.requestId, { costNanoUsd }));
  return { admission, reserve, settle, writes: () => writes };
}

async function budgetOf(tenant: Tenant) {
  const account = await stores.accounts.read(monthlyCap(tenant, startMs).accountId);
  expect(account).toBeDefined();
  expect(account!.available + account!.settled + heldOn(account!)).toBe(account!.limit);
  return account!;
}

test(
  "a busy process lets most calls through without a write, and the account ends with exactly their cost",
  async () => {
    const tenant = newTenant(10_000_000n);
    const process = startProcess(new ManualClock(startMs));
    const settling: Promise<void>[] = [];
    for (let call = 0; call < 200; call += 1) {
      const reservation = await process.reserve(tenant, 100n);
      expect(reservation).toHaveProperty("holds");
      // As in a turn: the answer of such a call does not wait for this.
      settling.push(process.settle(tenant, reservation as Reservation, 37n));
    }
    await process.admission.close();
    await Promise.all(settling);
    const account = await budgetOf(tenant);
    expect(account).toMatchObject({ settled: 200n * 37n, holds: [] });
    expect(heldOn(account)).toBe(0n);
    // One by one it would have been 800: two writes a call on two accounts.
    expect(process.writes()).toBeLessThan(60);
  },
  timeoutMs,
);

test(
  "calls that cost nothing count as requests alone, by grants and by holds, and leave no entry",
  async () => {
    const tenant = newTenant(1n);
    const clock = new ManualClock(startMs);
    const process = startProcess(clock);
    for (let call = 0; call < 40; call += 1) {
      const free = (await process.reserve(tenant, 0n)) as Reservation;
      expect(free.holds.map(({ unit }) => unit)).toEqual(["requests"]);
      await process.admission.settleFree(free);
    }
    await process.admission.close();
    const minute = limitsAt(tenant, startMs).find(({ unit }) => unit === "requests")!;
    const account = await stores.accounts.read(minute.accountId);
    expect(account).toMatchObject({ settled: 40n, holds: [] });
    expect(account!.available + account!.settled + heldOn(account!)).toBe(account!.limit);
    expect(await stores.accounts.read(monthlyCap(tenant, startMs).accountId)).toBeUndefined();
    expect(process.writes()).toBeLessThan(30);
  },
  timeoutMs,
);

test(
  "two processes spend a cap to the last cent, and refuse only then",
  async () => {
    const tenant = newTenant(1_000n);
    const clock = new ManualClock(startMs);
    const all: GrantAdmission[] = [];
    const processes = [startProcess(clock, all), startProcess(clock, all)];
    let served = 0;
    for (let call = 0; call < 120; call += 1) {
      const process = processes[call % 2]!;
      const reservation = await process.reserve(tenant, 10n);
      if ("refused" in reservation) {
        expect(reservation.refused).toMatchObject({
          code: "budget_exceeded",
          details: { remainingUsd: formatUsd(0n) },
        });
      } else {
        served += 1;
        await process.settle(tenant, reservation, 10n);
      }
      await process.admission.tend();
    }
    expect(served).toBe(100);
    await Promise.all(all.map((admission) => admission.close()));
    expect(await budgetOf(tenant)).toMatchObject({ settled: 1_000n, available: 0n, holds: [] });
  },
  timeoutMs,
);

test(
  "what an idle process has of a grant is not missed by a call elsewhere",
  async () => {
    const tenant = newTenant(8_000n);
    const clock = new ManualClock(startMs);
    const all: GrantAdmission[] = [];
    const [idle, other] = [startProcess(clock, all), startProcess(clock, all)];
    for (let call = 0; call < 6; call += 1) {
      const reservation = await idle.reserve(tenant, 100n);
      await idle.settle(tenant, reservation as Reservation, 0n);
    }
    expect((await budgetOf(tenant)).grants).toHaveLength(1);
    clock.advance(5_000);
    expect(await other.reserve(tenant, 8_000n)).toHaveProperty("holds");
  },
  timeoutMs,
);

test(
  "a process that dies leaves its grant to be settled by the ledger, and what was in flight by the log",
  async () => {
    const tenant = newTenant(1_000_000n);
    const clock = new ManualClock(startMs);
    const dead = startProcess(clock);
    const reservations: Reservation[] = [];
    for (let call = 0; call < 10; call += 1) {
      reservations.push((await dead.reserve(tenant, 100n)) as Reservation);
    }
    const granted = reservations.filter(({ grantId }) => grantId !== undefined);
    expect(granted.length).toBeGreaterThan(4);
    const [told, untold, running] = granted as [Reservation, Reservation, Reservation];
    await dead.settle(tenant, told, 60n);
    await dead.admission.tend();
    // In the ledger, but the account was not told of it before the process died.
    await dead.settle(tenant, untold, 70n);
    clock.advance(holdTtlMs + 1);
    const logged = {
      awsRequestId: "aws-1",
      requestId: running.requestId,
      tenantId: tenant.id,
      apiKeyId: "k000000000000",
      application: "default",
      grantId: running.grantId!,
      wire: "test",
      invokedId: "us.vendor.model",
      serviceTier: "default",
      usage: ledgerEntry(tenant.id, running.requestId).usage,
    };
    const invocationLog = new MemoryInvocationLog();
    invocationLog.add(logged);
    const parts = {
      accounts: stores.accounts,
      ledger: stores.ledger,
      notes: stores.notes,
      clock,
      invocationLog,
      receiptOf: async () =>
        ledgerEntry(tenant.id, running.requestId, { costNanoUsd: 80n, status: "aborted" }),
      tenantIds: async () => [tenant.id],
      graceMs: 1_000,
      retryMs: 500,
      onFailure: (_: string, error: unknown) => {
        throw error;
      },
    };
    await resolveHolds(parts);
    expect((await budgetOf(tenant)).grants).toHaveLength(1);
    clock.advance(1_001);
    await Promise.all([resolveHolds(parts), resolveHolds(parts)]);
    expect(await budgetOf(tenant)).toMatchObject({ settled: 60n + 70n + 80n, holds: [], grants: [] });
  },
  timeoutMs,
);
