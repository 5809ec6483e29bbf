/** Ports: where tenants and their keys are kept. */
import type { ApiKey, ApiKeyId, Tenant, TenantId } from "@caprock/domain";

export interface TenantStore {
  /** Fails when the id is taken. */
  create(tenant: Tenant): Promise<void>;
  read(id: TenantId): Promise<Tenant | undefined>;
  /** Every tenant, sorted by name. */
  list(): Promise<readonly Tenant[]>;
  /**
   * Writes `tenant` over the stored one if that still has limits version `tenant.limits.version - 1`.
   * False when somebody else was faster, or it is gone.
   */
  replace(tenant: Tenant): Promise<boolean>;
}

export interface ApiKeyStore {
  create(key: ApiKey): Promise<void>;
  read(tenantId: TenantId, id: ApiKeyId): Promise<ApiKey | undefined>;
  /** All keys of a tenant, newest first. */
  list(tenantId: TenantId): Promise<readonly ApiKey[]>;
  /** Marks the key revoked from `atMs` on; an earlier revocation stands. Undefined when there is no such key. */
  revoke(tenantId: TenantId, id: ApiKeyId, atMs: number): Promise<ApiKey | undefined>;
}
