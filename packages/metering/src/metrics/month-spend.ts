/** What each tenant has spent in its month so far, from the accounts of the monthly caps. */
import type { Clock, NanoUsd, Tenant, TenantId } from "@caprock/domain";
import type { AccountStore } from "../account-store.ts";
import { monthlyCap } from "../limits.ts";

/** How many accounts are read at once. */
const readsAtOnce = 50;

/** One read for each tenant; who has no account yet has spent nothing. */
export async function monthSpend(
  tenants: readonly Tenant[],
  accounts: Pick<AccountStore, "read">,
  clock: Clock,
): Promise<ReadonlyMap<TenantId, NanoUsd>> {
  const nowMs = clock.now();
  const spend = new Map<TenantId, NanoUsd>();
  for (let start = 0; start < tenants.length; start += readsAtOnce) {
    await Promise.all(
      tenants.slice(start, start + readsAtOnce).map(async (tenant) => {
        const account = await accounts.read(monthlyCap(tenant, nowMs).accountId);
        spend.set(tenant.id, account?.settled ?? 0n);
      }),
    );
  }
  return spend;
}
