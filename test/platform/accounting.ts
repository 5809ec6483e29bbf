/** The audit that every scenario ends with: the ledger against what the local AWS counted by itself. */
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import type { LedgerEntryView } from "@caprock/contract";
import { divideRoundingUp, formatUsd, parseUsd } from "@caprock/domain";
import { type Account, accountIdOf, heldOn, windowAt } from "@caprock/metering";
import { accountsTable } from "@caprock/metering/tables";
import { tableName } from "@caprock/platform";
import { expect, vi } from "vitest";
import { type Platform, tablePrefix } from "./start-platform.ts";

/** Tries until it neither throws nor is false; throws the last failure when the deadline has passed. */
export function until<T>(check: () => T | Promise<T>, timeoutMs = 20_000): Promise<T> {
  const attempt = async () => {
    const value = await check();
    if (value === false) {
      throw new Error("It did not come true in time.");
    }
    return value;
  };
  return vi.waitFor(attempt, { timeout: timeoutMs, interval: 25 });
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

/** A tenant's open holds and grants, on every account it has. The table is asked, not its index, which lags behind it. */
export async function openHolds({ documents }: Platform, tenantId: string): Promise<number> {
  let open = 0;
  const pages = paginateScan(
    { client: documents },
    {
      TableName: tableName(tablePrefix, accountsTable),
      FilterExpression: "tenantId = :tenant",
      ExpressionAttributeValues: { ":tenant": tenantId },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) {
    open += Items.flatMap(Object.keys).filter((name) => /^(hold|grant)#/.test(name)).length;
  }
  return open;
}

/**
 * Holds that the ledger comes to have exactly the calls that were served, each once and with every token class as it
 * was served; that each receipt's lines come to its cost; that their sum is what the account has settled and what
 * the summary says; and that nothing is held any more. A process tells its accounts in groups and keeps a grant for
 * a moment after the last call, so that this takes a moment to come true.
 */
export function expectBooksToBalance(platform: Platform, tenantId: string): Promise<LedgerEntryView[]> {
  return until(() => balancedBooks(platform, tenantId));
}

async function balancedBooks(platform: Platform, tenantId: string): Promise<LedgerEntryView[]> {
  const entries = await readLedger(platform, tenantId);
  const served = platform.awsLocal.witness({ tenant: tenantId }).invocations;
  const booked = entries.map(({ requestId, invokedId, tokens }) => ({ requestId, invokedId, tokens }));
  const witnessed = served.map(({ caprockRequest, modelId, usage }) => ({
    requestId: caprockRequest,
    invokedId: modelId,
    tokens: usage,
  }));
  const byRequest = (a: { requestId?: string | undefined }, b: { requestId?: string | undefined }) =>
    String(a.requestId).localeCompare(String(b.requestId));
  expect(booked.sort(byRequest)).toEqual(witnessed.sort(byRequest));
  expect(entries.filter(({ estimated }) => estimated)).toEqual([]);

  let sum = 0n;
  for (const { requestId, lines, tokens, costUsd } of entries) {
    const cost = lines.reduce(
      (total, line) => total + BigInt(line.tokens) * parseUsd(line.usdPerMillionTokens),
      0n,
    );
    expect(formatUsd(divideRoundingUp(cost, 1_000_000n)), requestId).toBe(costUsd);
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
    requests: entries.length,
  });
  return entries;
}
