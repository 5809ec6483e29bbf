/** Accounts as their items show them, read without the code that writes them. */
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import { tableName } from "@caprock/domain";
import { accountsTable } from "@caprock/metering/tables";
import { type Platform, tablePrefix } from "./start-platform.ts";

export interface AccountItem {
  readonly accountId: string;
  /** A tenant, or the platform. */
  readonly owner: string;
  readonly limit: bigint;
  readonly limitVersion: number;
  readonly available: bigint;
  readonly settled: bigint;
  readonly held: bigint;
  /** Names of holds, and of grants that hold anything: an empty one stays for a while before it is removed. */
  readonly open: readonly string[];
}

/** Every account there is. The table is asked, not its index, which lags behind it; each item is of one instant. */
export async function readAccounts({
  documents,
}: Pick<Platform, "documents">): Promise<readonly AccountItem[]> {
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

type Integer = number | bigint;

function toAccountItem(item: Readonly<Record<string, unknown>>): AccountItem {
  const amounts = Object.entries(item)
    .filter(([name]) => /^(hold|grant)#/.test(name))
    .map(([name, value]) => ({ name, amount: BigInt((value as { amount: Integer }).amount) }));
  return {
    accountId: String(item.accountId),
    owner: String(item.tenantId),
    limit: BigInt(item.allowance as Integer),
    limitVersion: Number(item.allowanceVersion),
    available: BigInt(item.available as Integer),
    settled: BigInt(item.settled as Integer),
    held: amounts.reduce((sum, { amount }) => sum + amount, 0n),
    open: amounts.flatMap(({ name, amount }) => (name.startsWith("hold#") || amount !== 0n ? [name] : [])),
  };
}
