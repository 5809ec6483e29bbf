/** Settles grants of processes that died, by the ledger and by Bedrock's own log. */
import type { TenantId } from "@caprock/domain";
import { type Account, type Grant, type GrantId, type Hold, limitOfAccount } from "./account-store.ts";
import { usedOf } from "./admission.ts";
import { forEachAtOnce } from "./at-once.ts";
import { grantOfLogged } from "./grants/grant-notes.ts";
import type { LedgerEntry } from "./ledger-store.ts";
import { platformOwner } from "./limits.ts";
import { type LogFindings, longestCallMs, provenAtMs, type Waiting } from "./read-log.ts";
import type { ResolveParts } from "./resolve-holds.ts";
import { isKnownAtOnce } from "./wanted-amounts.ts";

/** What the ledger shows of the calls of grants that can be settled now. */
export type EntriesOfGrants = ReadonlyMap<GrantId, readonly LedgerEntry[]>;

/** Gives back what needs neither ledger nor log. False when it does need them; two at once do it once. */
export async function giveBackGrant(account: Account, grant: Grant, parts: ResolveParts): Promise<boolean> {
  // A dead process runs nothing, nothing can be spent from a minute that is over, and of nothing no call is left.
  return (
    (account.unit === "concurrency" || account.window?.kind === "minute" || grant.amount === 0n) &&
    endGrant(account, grant, 0n, "given back", parts)
  );
}

/**
 * Writes the entries that the dead processes could not write any more, and reads what the ledger then has of their
 * grants, each tenant once. Grants are left out of which it cannot be known what ran: while the log has not shown that
 * it works, or when it shows a call without a price.
 */
export async function entriesOfGrants(
  waiting: readonly Waiting[],
  log: LogFindings | undefined,
  nowMs: number,
  parts: ResolveParts,
): Promise<EntriesOfGrants> {
  const dead = waiting.flatMap(({ account, grants }) => grants.map((grant) => ({ account, grant })));
  const unpriced = log
    ? await writeMissingEntries(new Set(dead.map(({ grant }) => grant.id)), log, parts)
    : [];
  const known = dead.filter(
    ({ grant }) =>
      !unpriced.includes(grant.id) && (!log || provenAtMs(grant, parts.graceMs) <= log.aliveAtMs),
  );
  const entries = new Map<GrantId, LedgerEntry[]>(known.map(({ grant }) => [grant.id, []]));
  await forEachAtOnce(await startsOf(known, parts), async ([tenantId, startMs]) => {
    for await (const entry of parts.ledger.list(tenantId, { startMs, endMs: nowMs + 1 })) {
      entries.get(entry.grant?.id ?? "")?.push(entry);
    }
  });
  return entries;
}

/** From when on each tenant's ledger may have calls of the grants. */
async function startsOf(
  dead: readonly { readonly account: Account; readonly grant: Grant }[],
  { tenantIds }: ResolveParts,
): Promise<ReadonlyMap<TenantId, number>> {
  const starts = new Map<TenantId, number>();
  const all = dead.some(({ account }) => account.owner === platformOwner) ? await tenantIds() : [];
  for (const { account, grant } of dead) {
    const startMs = grant.writtenAtMs - longestCallMs;
    for (const tenantId of account.owner === platformOwner ? all : [account.owner]) {
      starts.set(tenantId, Math.min(startMs, starts.get(tenantId) ?? startMs));
    }
  }
  return starts;
}

/**
 * Posts what the grant's calls used and were not settled for, and gives the rest back. Without an invocation log
 * the rest stays set aside as unresolved until an operator releases it. False while it cannot be known what ran. Two
 * at once do it once.
 */
export async function resolveGrant(
  account: Account,
  grant: Grant,
  entries: EntriesOfGrants,
  log: LogFindings | undefined,
  parts: ResolveParts,
): Promise<boolean> {
  const own = entries.get(grant.id);
  if (!own || (log && provenAtMs(grant, parts.graceMs) > log.aliveAtMs)) {
    return false;
  }
  const used = own
    .filter((entry) => (entry.grant?.batch ?? 0) > grant.batch && isCountedBy(account, entry))
    .reduce((sum, entry) => sum + usedOf(account.unit, entry), 0n);
  return endGrant(account, grant, used, log ? "given back" : "unresolved", parts);
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

/** Writes the entries of calls that ran and whose process died before it could. Returns grants with one without a price. */
async function writeMissingEntries(
  grantIds: ReadonlySet<GrantId>,
  { calls }: LogFindings,
  parts: ResolveParts,
): Promise<readonly GrantId[]> {
  const unpriced: GrantId[] = [];
  await forEachAtOnce(calls.all(), async (call) => {
    if (call.grantId === undefined || !grantIds.has(call.grantId)) {
      return;
    }
    const standing = await parts.ledger.find(call.tenantId, call.requestId);
    if (standing && !standing.estimated) {
      return;
    }
    const entry = await parts.receiptOf(call, standing?.status ?? "aborted");
    if (entry) {
      await parts.ledger.correct({ ...entry, ...(await grantOfLogged(call, parts.notes)) });
    } else {
      unpriced.push(call.grantId);
    }
  });
  return unpriced;
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
