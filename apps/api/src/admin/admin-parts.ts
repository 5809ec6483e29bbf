/** What the admin API works with. */
import type { Clock, Random } from "@caprock/domain";
import type { AccountStore, LedgerStore } from "@caprock/metering";
import type { ApiKeyStore, TenantStore } from "@caprock/tenancy";

export interface AdminParts {
  readonly tenants: TenantStore;
  readonly apiKeys: ApiKeyStore;
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly adminTokenSha256: string;
  readonly maxBodyBytes: number;
}
