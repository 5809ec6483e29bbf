/** How an account is written as one item: its figures, and each open hold as an attribute of its own. */
import { z } from "zod";
import type { Account, Hold } from "../account-store.ts";

export const holdPrefix = "hold#";

export const exactInteger = z.union([z.int(), z.bigint()]).transform((value) => BigInt(value));

const holdValue = z.object({
  amount: exactInteger,
  expiresAtMs: z.number(),
  state: z.enum(["held", "unresolved"]),
});

const accountItem = z.looseObject({
  accountId: z.string(),
  tenantId: z.string(),
  unit: z.enum(["nanoUsd", "requests"]),
  allowance: exactInteger,
  allowanceVersion: z.number(),
  available: exactInteger,
  settled: exactInteger,
  sweepAtMs: z.number().optional(),
});

export interface StoredAccount extends Account {
  readonly limitVersion: number;
}

export function accountFromItem(item: unknown): StoredAccount {
  const read = accountItem.parse(item);
  const holds: Hold[] = Object.entries(read)
    .filter(([name]) => name.startsWith(holdPrefix))
    .map(([name, value]) => ({ requestId: name.slice(holdPrefix.length), ...holdValue.parse(value) }));
  return {
    accountId: read.accountId,
    tenantId: read.tenantId,
    unit: read.unit,
    limit: read.allowance,
    limitVersion: read.allowanceVersion,
    available: read.available,
    settled: read.settled,
    sweepAtMs: read.sweepAtMs,
    holds,
  };
}
