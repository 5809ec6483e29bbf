/** Settles the grant of a process that died, by the ledger and by Bedrock's own log. */
import type { RequestId } from "@caprock/domain";
import { type Account, type Grant, type Hold, limitOfAccount } from "./account-store.ts";
import { usedOf } from "./admission.ts";
import { grantOfLogged, toldBatchOf } from "./grants/grant-notes.ts";
import {
  type InvocationLog,
  type LoggedInvocation,
  type LogRange,
  sumOfInvocations,
} from "./invocation-log.ts";
import type { LedgerEntry } from "./ledger-store.ts";
import { platformOwner } from "./limits.ts";
import type { ResolveParts } from "./resolve-holds.ts";
import { isKnownAtOnce } from "./wanted-amounts.ts";

/** No call takes longer from its arrival to its settlement: its body has to be read, and a hold's life bounds the rest. */
const longestCallMs = 2 * 3_600_000;

/**
 * Posts what the grant's calls used and were not settled for, and gives the rest back. Without an invocation log
 * the rest stays set aside as unresolved until an operator releases it. False while it cannot be known what ran:
 * until the log has had time to show it, and unless the log works. Two at once do it once.
 */
export async function resolveGrant(
  account: Account,
  grant: Grant,
  nowMs: number,
  parts: ResolveParts,
): Promise<boolean> {
  // A dead process runs nothing, nothing can be spent from a minute that is over, and of nothing no call is left.
  if (account.unit === "concurrency" || account.window?.kind === "minute" || grant.amount === 0n) {
    return endGrant(account, grant, 0n, "given back", parts);
  }
  if (grant.expiresAtMs + parts.graceMs > nowMs) {
    return false;
  }
  const range = { fromMs: grant.writtenAtMs - longestCallMs, toMs: nowMs + 1 };
  if (parts.invocationLog) {
    const isAlive = await parts.invocationLog.isAlive({ fromMs: grant.writtenAtMs, toMs: range.toMs });
    if (!isAlive || !(await writeMissingEntries(grant, range, parts.invocationLog, parts))) {
      return false;
    }
  }
  const used = await usedByEntries(account, grant, range, parts);
  return endGrant(account, grant, used, parts.invocationLog ? "given back" : "unresolved", parts);
}

/** What the ledger shows of the grant's calls that its process did not settle on this account. */
async function usedByEntries(
  account: Account,
  grant: Grant,
  { fromMs, toMs }: LogRange,
  { ledger, notes, tenantIds }: ResolveParts,
): Promise<bigint> {
  let used = 0n;
  for (const tenantId of account.owner === platformOwner ? await tenantIds() : [account.owner]) {
    for await (const entry of ledger.list(tenantId, { startMs: fromMs, endMs: toMs })) {
      if (
        entry.grant?.id === grant.id &&
        isCountedBy(account, entry) &&
        (await toldBatchOf(entry, notes)) > grant.batch
      ) {
        used += usedOf(account.unit, entry);
      }
    }
  }
  return used;
}

/** Whether an entry counts to an account, as `limitsOf` had it when the call was let through. */
export function isCountedBy(account: Account, entry: LedgerEntry): boolean {
  const { owner, of: part, window } = account;
  return (
    (owner === platformOwner || owner === entry.tenantId) &&
    (window === undefined || (window.startMs <= entry.arrivedAtMs && entry.arrivedAtMs < window.endMs)) &&
    (part === undefined ||
      (account.scope === "application" && part === entry.application) ||
      (account.scope === "key" && part === entry.apiKeyId) ||
      (account.scope === "model" && part === entry.modelId))
  );
}

/** Writes the entries of calls that ran and whose process died before it could. False when one has no price. */
async function writeMissingEntries(
  grant: Grant,
  range: LogRange,
  log: InvocationLog,
  parts: ResolveParts,
): Promise<boolean> {
  const logged = new Map<RequestId, LoggedInvocation>();
  for await (const invocation of log.list(range)) {
    if (invocation.grantId === grant.id) {
      const earlier = logged.get(invocation.requestId);
      logged.set(invocation.requestId, earlier ? sumOfInvocations(earlier, invocation) : invocation);
    }
  }
  for (const invocation of logged.values()) {
    const standing = await parts.ledger.find(invocation.tenantId, invocation.requestId);
    if (standing && !standing.estimated) {
      continue;
    }
    const entry = await parts.receiptOf(invocation, standing?.status ?? "aborted");
    if (!entry) {
      return false;
    }
    await parts.ledger.correct({ ...entry, ...(await grantOfLogged(invocation, parts.notes)) });
  }
  return true;
}

/** Whoever comes second finds the grant gone. */
async function endGrant(
  account: Account,
  grant: Grant,
  used: bigint,
  rest: "given back" | "unresolved",
  { accounts }: ResolveParts,
): Promise<boolean> {
  const kept: Hold[] =
    rest === "given back" || isKnownAtOnce(account.unit) || grant.amount <= used
      ? []
      : [
          {
            requestId: grant.id,
            tenantId: account.owner,
            amount: grant.amount - used,
            expiresAtMs: grant.expiresAtMs,
            state: "unresolved",
          },
        ];
  const change = { from: grant, to: undefined, used, kept };
  return (await accounts.changeGrant(limitOfAccount(account), change)).done;
}
