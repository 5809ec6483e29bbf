/** The audit that every scenario ends with: the ledger against what the local AWS counted by itself. */
import type { WitnessReport } from "@caprock/aws-local";
import type { LedgerEntryView } from "@caprock/contract";
import {
  addUsage,
  divideRoundingUp,
  formatUsd,
  parseUsd,
  requestArrivalMs,
  type TokenUsage,
} from "@caprock/domain";
import {
  type Account,
  accountIdOf,
  addUnits,
  agentCoreMemoryId,
  type BilledUnit,
  heldOn,
  isCountedBy,
  type LedgerEntry,
  type UnitCounts,
  usedOf,
  windowAt,
} from "@caprock/metering";
import { expect, vi } from "vitest";
import { readAccounts } from "./account-items.ts";
import type { Platform } from "./start-platform.ts";

/** Tries until it neither throws nor is false; throws the last failure when the deadline has passed. */
export function until<T>(
  check: () => T | Promise<T>,
  timeoutMs = 20_000,
  { intervalMs = 25 }: { readonly intervalMs?: number } = {},
): Promise<T> {
  const attempt = async () => {
    const value = await check();
    if (value === false) {
      throw new Error("It did not come true in time.");
    }
    return value;
  };
  return vi.waitFor(attempt, { timeout: timeoutMs, interval: intervalMs });
}

/** All of a tenant's ledger entries of this month, page by page through the admin API. */
export async function readLedger({ admin }: Platform, tenantId: string): Promise<LedgerEntryView[]> {
  const entries: LedgerEntryView[] = [];
  let after: string | undefined;
  do {
    const page = await admin.listLedger({
      params: { tenantId },
      query: { limit: 50, ...(after === undefined ? {} : { after }) },
    });
    entries.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return entries;
}

/** The account of a tenant's monthly cap; undefined before its first hold. */
export function readBudget({ accounts }: Platform, tenantId: string): Promise<Account | undefined> {
  const window = windowAt("month", Date.now(), "UTC");
  return accounts.read(accountIdOf({ owner: tenantId, scope: "tenant", unit: "nanoUsd", window }));
}

/** What is settled and held of a budget, in nano-USD. */
export function spentAndHeld(account: Account): bigint {
  return account.settled + heldOn(account);
}

/** A tenant's open holds, and grants that hold anything, on every account it has. */
export async function openHolds(platform: Platform, tenantId: string): Promise<number> {
  const accounts = await readAccounts(platform);
  return accounts.filter(({ owner }) => owner === tenantId).flatMap(({ open }) => open).length;
}

/**
 * Holds that the ledger comes to have exactly the calls that were served, each once and with every token class as it
 * was served, and the events and retrievals of long-term memory; that each receipt's lines come to its cost; that their sum is what the account has settled and what
 * the summary says; and that nothing is held any more. A process tells its accounts in groups and keeps a grant for
 * a moment after the last call, so that this takes a moment to come true.
 */
export function expectBooksToBalance(platform: Platform, tenantId: string): Promise<LedgerEntryView[]> {
  // Each look reads every account: looking more often would take longer than the moment itself.
  return until(() => balancedBooks(platform, tenantId), 20_000, { intervalMs: 150 });
}

async function balancedBooks(platform: Platform, tenantId: string): Promise<LedgerEntryView[]> {
  const entries = await readLedger(platform, tenantId);
  const { invocations: served, memory } = platform.awsLocal.witness({ tenant: tenantId });
  const booked = entries.filter(isOfBedrock).map(({ requestId, invokedId, tokens, unitLines }) => ({
    requestId,
    invokedId,
    tokens,
    units: Object.fromEntries(unitLines.map(({ unit, count }) => [unit, count])),
  }));
  const witnessed = servedCalls(served);
  const byRequest = (a: { requestId?: string | undefined }, b: { requestId?: string | undefined }) =>
    String(a.requestId).localeCompare(String(b.requestId));
  expect(booked.sort(byRequest)).toEqual(witnessed.sort(byRequest));
  expect(entries.filter(({ estimated }) => estimated)).toEqual([]);
  expect(bookedMemory(entries)).toEqual({ events: memory.events, retrievals: memory.retrievals });

  let sum = 0n;
  for (const { requestId, arrivedAt, lines, unitLines, tokens, costUsd } of entries) {
    expect(Date.parse(arrivedAt), requestId).toBe(requestArrivalMs(requestId));
    const cost = lines.reduce(
      (total, line) => total + BigInt(line.tokens) * parseUsd(line.usdPerMillionTokens),
      0n,
    );
    const unitCost = unitLines.reduce(
      (total, line) => total + BigInt(line.count) * parseUsd(line.usdEach),
      0n,
    );
    expect(formatUsd(divideRoundingUp(cost, 1_000_000n) + unitCost), requestId).toBe(costUsd);
    for (const [tokenClass, count] of Object.entries(tokens)) {
      const billed = lines
        .filter((line) => line.tokenClass === tokenClass)
        .reduce((total, line) => total + line.tokens, 0);
      expect(billed, `${requestId} ${tokenClass}`).toBe(count);
    }
    sum += parseUsd(costUsd);
  }
  const budget = await readBudget(platform, tenantId);
  expect(budget?.settled ?? 0n).toBe(sum);
  expect(budget ? heldOn(budget) : 0n).toBe(0n);
  expect(budget ? budget.limit - budget.settled : 0n).toBe(budget?.available ?? 0n);
  expect(await openHolds(platform, tenantId)).toBe(0);
  const { tenants } = await platform.admin.usageSummary({});
  expect(tenants.find((row) => row.tenantId === tenantId)).toMatchObject({
    costUsd: formatUsd(sum),
    heldUsd: formatUsd(0n),
    requests: entries.filter(isOfBedrock).length,
  });
  return entries;
}

/** AgentCore's operations carry no request id: the witness counts them by tenant. */
function isOfBedrock({ modelId }: LedgerEntryView): boolean {
  return modelId !== agentCoreMemoryId;
}

function bookedMemory(entries: readonly LedgerEntryView[]) {
  const lines = entries.flatMap(({ unitLines }) => unitLines);
  const sumOf = (name: BilledUnit) =>
    lines.filter(({ unit }) => unit === name).reduce((sum, { count }) => sum + count, 0);
  return { events: sumOf("memoryEvent"), retrievals: sumOf("memoryRetrieval") };
}

/** What was served, call by call: one that was made in several invocations is their sum. */
function servedCalls(invocations: WitnessReport["invocations"]) {
  const calls = new Map<string | undefined, ServedCall>();
  for (const { caprockRequest: requestId, modelId: invokedId, usage, units } of invocations) {
    const earlier = calls.get(requestId);
    calls.set(requestId, {
      requestId,
      invokedId,
      tokens: earlier ? addUsage(earlier.tokens, usage) : usage,
      units: addUnits(earlier?.units ?? {}, units as UnitCounts),
    });
  }
  return [...calls.values()];
}

interface ServedCall {
  readonly requestId: string | undefined;
  readonly invokedId: string;
  readonly tokens: TokenUsage;
  readonly units: UnitCounts;
}

/**
 * Holds that every account of a tenant has settled what its ledger entries come to: in each window, or, where the
 * minute in which a call was let through is not in its entry, in all minutes together. To be asked when nothing is
 * held and no process has died. Resolves with the accounts' ids.
 */
export async function expectAccountsToMatchLedger(platform: Platform, tenantId: string): Promise<string[]> {
  const entries: LedgerEntry[] = [];
  const nowMs = Date.now();
  for await (const entry of platform.ledger.list(tenantId, {
    startMs: nowMs - 3_600_000,
    endMs: nowMs + 1,
  })) {
    entries.push(entry);
  }
  const owned = (await readAccounts(platform)).filter(({ owner }) => owner === tenantId);
  const settled = new Map<string, bigint>();
  const expected = new Map<string, bigint>();
  for (const { accountId } of owned) {
    const account = await platform.accounts.read(accountId);
    if (!account) {
      throw new Error(`${accountId} is gone.`);
    }
    const { window, ...whole } = account;
    const name = window?.kind === "minute" ? accountId.slice(0, accountId.lastIndexOf("#")) : accountId;
    const counted = entries.filter((entry) =>
      isCountedBy(window?.kind === "minute" ? whole : account, entry),
    );
    const used = counted.reduce((sum, entry) => sum + usedOf(account.unit, entry), 0n);
    settled.set(name, (settled.get(name) ?? 0n) + account.settled);
    expected.set(name, used);
  }
  expect(Object.fromEntries(settled)).toEqual(Object.fromEntries(expected));
  return owned.map(({ accountId }) => accountId);
}
