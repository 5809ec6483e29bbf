import { ManualClock, newRequestId, noTokens, type Tenant } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AccountStore, heldOn } from "./account-store.ts";
import type { Reservation } from "./admission.ts";
import { HoldAdmission } from "./hold-admission.ts";
import type { LoggedInvocation } from "./invocation-log.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { resolveHolds } from "./resolve-holds.ts";
import { admissionRequest, limitsAt } from "./testing/admission-request.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { MemoryInvocationLog } from "./testing/memory-invocation-log.ts";
import { ScheduledAccounts, ScheduledLedger, type Stop } from "./testing/model/scheduled-stores.ts";
import { type OpenStores, openStores, tenantWith } from "./testing/open-stores.ts";

/**
 * On a real DynamoDB API: one call from its reservation to its settlement, with a process that dies, or is left without
 * an answer, at each of its writes in turn. Whatever happens, the worker makes the books true.
 */
const timeoutMs = 120_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const holdTtlMs = 60_000;
const graceMs = 600_000;
const cap = 1_000n;
const worst = 600;

let stores: OpenStores;
let tenantCount = 0;
beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

/** How a write goes wrong. `killed`: the process dies before or after it, and never goes on. */
type Fault = "killed before" | "killed after" | "lost" | "answer lost";

class Killed extends Error {}

interface Scene {
  readonly tenant: Tenant;
  readonly requestId: string;
}

/** One log and one clock for all, as a worker looks after all accounts. */
const log = new MemoryInvocationLog();
const clock = new ManualClock(startMs);
beforeEach(() => clock.set(startMs));

function newScene(): Scene {
  tenantCount += 1;
  const tenant = tenantWith(`t${String(tenantCount).padStart(12, "0")}`, {
    monthlyCapNanoUsd: cap,
    rules: [{ id: "calls", scope: "tenant", unit: "concurrency", amount: 5n }],
  });
  return { tenant, requestId: newRequestId(clock, systemRandom) };
}

/** Stores whose step `faulty` (from 1) goes wrong; what a dead process does has no effect and no end. */
function faultyStores(faulty: number, fault: Fault) {
  let steps = 0;
  let killed: () => void = () => undefined;
  const death = new Promise<never>((_, reject) => {
    killed = () => reject(new Killed());
  });
  death.catch(() => undefined);
  let isDead = false;
  const stop: Stop = async (apply) => {
    steps += 1;
    if (isDead) {
      return new Promise(() => undefined);
    }
    if (steps !== faulty) {
      return apply();
    }
    if (fault === "killed before" || fault === "killed after") {
      isDead = true;
      if (fault === "killed after") {
        await apply();
      }
      killed();
      return new Promise(() => undefined);
    }
    if (fault === "answer lost") {
      await apply();
    }
    throw new Error(`Simulated: ${fault}.`);
  };
  const accounts: AccountStore = new ScheduledAccounts(stores.accounts, stop);
  const ledger: LedgerStore = new ScheduledLedger(stores.ledger, stop);
  return { accounts, ledger, death, steps: () => steps };
}

/** Nine nano-USD were used; true tells that the whole call was let through and ran. */
async function call(
  { tenant, requestId }: Scene,
  { accounts, ledger, death }: ReturnType<typeof faultyStores>,
  estimated: boolean,
): Promise<boolean> {
  const admission = new HoldAdmission({
    accounts,
    ledger,
    clock,
    holdTtlMs,
    resolvesLater: true,
    pause: async () => undefined,
  });
  const untilDeath = <T>(work: Promise<T>): Promise<T> => Promise.race([work, death]);
  const request = admissionRequest(tenant, requestId, BigInt(worst), { worstCaseTokens: worst });
  let reservation: Reservation;
  try {
    reservation = (await untilDeath(admission.reserve(request))) as Reservation;
  } catch {
    return false;
  }
  log.add(invocationOf(tenant, requestId));
  const entry = { ...entryOf(tenant.id, requestId), estimated };
  const told = estimated ? { ...entry, costNanoUsd: 11n } : entry;
  await untilDeath(admission.settle(reservation, told)).catch(() => undefined);
  return true;
}

function entryOf(tenantId: string, requestId: string) {
  return ledgerEntry(tenantId, requestId, { costNanoUsd: 9n, usage: { ...noTokens, output: 9 } });
}

function invocationOf({ id: tenantId }: Tenant, requestId: string): LoggedInvocation {
  return {
    awsRequestId: `aws ${requestId}`,
    requestId,
    tenantId,
    apiKeyId: "k000000000000",
    application: "default",
    wire: "test",
    invokedId: "us.vendor.model",
    serviceTier: "default",
    usage: { ...noTokens, output: 9 },
  };
}

/** Two workers at once, as soon as the hold has expired, and again when the log must have shown the call. */
async function sweep(): Promise<void> {
  const job = () =>
    resolveHolds({
      accounts: stores.accounts,
      ledger: stores.ledger,
      notes: stores.notes,
      clock,
      invocationLog: log,
      receiptOf: async ({ tenantId, requestId }) => entryOf(tenantId, requestId),
      tenantIds: async () => [],
      graceMs,
      retryMs: 1,
      onFailure: (what, error) => expect.unreachable(`${what}: ${String(error)}`),
    });
  for (const waitMs of [holdTtlMs + 1, graceMs + 1]) {
    clock.advance(waitMs);
    await Promise.all([job(), job()]);
  }
}

/** One entry if it ran and none if not; the accounts have just that, and nothing held. */
async function expectTrueBooks({ tenant, requestId }: Scene, ran: boolean): Promise<void> {
  const entries = [];
  for await (const entry of stores.ledger.list(tenant.id, { startMs, endMs: startMs + 1 })) {
    entries.push([entry.requestId, entry.costNanoUsd, entry.estimated]);
  }
  expect(entries).toEqual(ran ? [[requestId, 9n, false]] : []);
  for (const { accountId, unit } of limitsAt(tenant, startMs)) {
    const account = await stores.accounts.read(accountId);
    if (!account) {
      expect(ran).toBe(false);
      continue;
    }
    expect(heldOn(account)).toBe(0n);
    expect(account.available + account.settled).toBe(account.limit);
    if (unit === "nanoUsd" || ran) {
      expect(account.settled).toBe(
        { nanoUsd: ran ? 9n : 0n, requests: 1n, concurrency: 0n, tokens: 9n }[unit],
      );
    }
  }
}

/** A call writes to three accounts, to the ledger, and to the three accounts again. */
const stepsOfCall = 7;

test("a call that nothing happens to takes so many steps, and is booked once", {
  timeout: timeoutMs,
}, async () => {
  const scene = newScene();
  const faulty = faultyStores(0, "lost");
  expect(await call(scene, faulty, false)).toBe(true);
  expect(faulty.steps()).toBe(stepsOfCall);
  await expectTrueBooks(scene, true);
});

test.each(["killed before", "killed after", "lost", "answer lost"] as const)(
  "a call is booked once if it ran and never if not, whichever of its writes is %s",
  { timeout: timeoutMs },
  async (fault) => {
    const scenes = await Promise.all(
      [false, true].flatMap((estimated) =>
        Array.from({ length: stepsOfCall }, async (_, index) => {
          const scene = newScene();
          const ran = await call(scene, faultyStores(index + 1, fault), estimated);
          expect(ran).toBe(index >= 3);
          return { scene, ran };
        }),
      ),
    );
    await sweep();
    for (const { scene, ran } of scenes) {
      await expectTrueBooks(scene, ran);
    }
  },
);

test("a settlement that comes three times at once, with other figures, is booked once", {
  timeout: timeoutMs,
}, async () => {
  const scene = newScene();
  const { tenant, requestId } = scene;
  const admission = new HoldAdmission({
    ...stores,
    clock,
    holdTtlMs,
    resolvesLater: true,
    pause: async () => undefined,
  });
  const request = admissionRequest(tenant, requestId, BigInt(worst), { worstCaseTokens: worst });
  const reservation = (await admission.reserve(request)) as Reservation;
  const entry = entryOf(tenant.id, requestId);
  await admission.settle(reservation, entry);
  await Promise.all(
    [20n, 30n, 9n].map((costNanoUsd) => admission.settle(reservation, { ...entry, costNanoUsd })),
  );
  await expectTrueBooks(scene, true);
});
