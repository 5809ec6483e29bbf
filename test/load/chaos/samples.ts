/** Looks at every account again and again while everything goes on: none may ever have more settled and held than its limit. */
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import { accountsTable } from "@caprock/metering/tables";
import { tableName } from "@caprock/platform";
import { type Platform, tablePrefix } from "../../platform/start-platform.ts";
import type { Chronicle } from "./chronicle.ts";

/** An account as its item shows it, read without the code that writes it. */
export interface AccountItem {
  readonly accountId: string;
  readonly limit: bigint;
  readonly limitVersion: number;
  readonly available: bigint;
  readonly settled: bigint;
  readonly held: bigint;
  /** Names of what is open: `hold#…` and `grant#…`. */
  readonly open: readonly string[];
}

/** Every account there is. Each item is read as it is at one instant. */
export async function readAccounts({ documents }: Platform): Promise<readonly AccountItem[]> {
  const pages = paginateScan(
    { client: documents },
    { TableName: tableName(tablePrefix, accountsTable), ConsistentRead: true },
  );
  const accounts: AccountItem[] = [];
  for await (const { Items = [] } of pages) {
    accounts.push(...Items.map(toAccountItem));
  }
  return accounts;
}

function toAccountItem(item: Readonly<Record<string, unknown>>): AccountItem {
  const open = Object.keys(item).filter((name) => /^(hold|grant)#/.test(name));
  const amounts = open.map((name) => BigInt((item[name] as { amount: number | bigint }).amount));
  return {
    accountId: String(item.accountId),
    limit: BigInt(item.allowance as number | bigint),
    limitVersion: Number(item.allowanceVersion),
    available: BigInt(item.available as number | bigint),
    settled: BigInt(item.settled as number | bigint),
    held: amounts.reduce((sum, amount) => sum + amount, 0n),
    open,
  };
}

export class Sampler {
  private readonly chronicle: Chronicle;
  private readonly seen = new Map<string, AccountItem>();

  constructor(chronicle: Chronicle) {
    this.chronicle = chronicle;
  }

  look(accounts: readonly AccountItem[]): void {
    this.chronicle.count("samples", "rounds");
    this.chronicle.count("samples", "accounts", accounts.length);
    for (const account of accounts) {
      this.check(account, this.seen.get(account.accountId));
      this.seen.set(account.accountId, account);
    }
  }

  private check(account: AccountItem, before: AccountItem | undefined): void {
    const { accountId, available, settled, held, limit, limitVersion } = account;
    if (available + settled + held !== limit) {
      this.chronicle.violated(`${accountId}: ${available} + ${settled} + ${held} is not ${limit}.`, account.open);
    }
    // Nothing but a lowered limit may bring an account below zero, or further below it.
    const wasEdited = before === undefined ? limitVersion % 1_000 > 0 : before.limitVersion !== limitVersion;
    const floor = before !== undefined && before.available < 0n ? before.available : 0n;
    if (available < floor && !wasEdited) {
      this.chronicle.violated(`${accountId}: ${settled} settled and ${held} held pass ${limit}.`, account.open);
    }
    if (available < 0n) {
      this.chronicle.count("samples", "accounts below zero after their limit was lowered");
    }
    if (before && settled < before.settled) {
      this.chronicle.violated(`${accountId}: ${before.settled} settled became ${settled}.`);
    }
  }
}
