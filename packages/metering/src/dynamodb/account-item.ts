/** How an account is written as one item: its figures, and each open hold and grant as an attribute of its own. */
import { limitScopes, limitUnits, limitWindows } from "@caprock/domain";
import { z } from "zod";
import type { Account, Grant, Hold } from "../account-store.ts";

export const holdPrefix = "hold#";
export const grantPrefix = "grant#";

export const exactInteger = z.union([z.int(), z.bigint()]).transform((value) => BigInt(value));

const holdValue = z.object({
  tenantId: z.string(),
  amount: exactInteger,
  expiresAtMs: z.number(),
  state: z.enum(["held", "unresolved"]),
});

const grantValue = z.object({
  amount: exactInteger,
  changes: z.number(),
  batch: z.number(),
  writtenAtMs: z.number(),
  expiresAtMs: z.number(),
});

const accountItem = z.looseObject({
  accountId: z.string(),
  tenantId: z.string(),
  boundScope: z.enum(limitScopes),
  boundPart: z.string().optional(),
  unit: z.enum(limitUnits),
  window: z
    .object({ kind: z.enum(limitWindows), label: z.string(), startMs: z.number(), endMs: z.number() })
    .optional(),
  allowance: exactInteger,
  allowanceVersion: z.number(),
  available: exactInteger,
  settled: exactInteger,
  sweepAtMs: z.number().optional(),
});

/** Throws ZodError for an item that this version does not know. */
export function accountFromItem(item: unknown): Account {
  const read = accountItem.parse(item);
  const holds: Hold[] = attributesOf(read, holdPrefix).map(([requestId, value]) => ({
    requestId,
    ...holdValue.parse(value),
  }));
  const grants: Grant[] = attributesOf(read, grantPrefix).map(([id, value]) => ({
    id,
    ...grantValue.parse(value),
  }));
  return {
    accountId: read.accountId,
    owner: read.tenantId,
    scope: read.boundScope,
    ...(read.boundPart === undefined ? {} : { of: read.boundPart }),
    unit: read.unit,
    ...(read.window === undefined ? {} : { window: read.window }),
    limit: read.allowance,
    limitVersion: read.allowanceVersion,
    available: read.available,
    settled: read.settled,
    sweepAtMs: read.sweepAtMs,
    holds,
    grants,
  };
}

function attributesOf(item: Readonly<Record<string, unknown>>, prefix: string): [string, unknown][] {
  return Object.entries(item)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
}
