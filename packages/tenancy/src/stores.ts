/** Ports: where tenants, their keys and the platform's limits are kept. */
import type { ApiKey, ApiKeyId, PlatformLimits, Tenant, TenantId } from "@caprock/domain";

export interface TenantStore {
  /** Fails when the id is taken. */
  create(tenant: Tenant): Promise<void>;
  read(id: TenantId): Promise<Tenant | undefined>;
  /** Every tenant, sorted by name. */
  list(): Promise<readonly Tenant[]>;
  /**
   * Writes `tenant` over the stored one if that still has limits version `tenant.limits.version - 1`.
   * False when somebody else was faster, or it is gone; true when this very tenant stands already.
   */
  replace(tenant: Tenant): Promise<boolean>;
}

/** What an admin may say anew of a key. */
export type ApiKeyDescription = Pick<ApiKey, "name" | "application" | "signIn">;

export interface ApiKeyStore {
  create(key: ApiKey): Promise<void>;
  read(tenantId: TenantId, id: ApiKeyId): Promise<ApiKey | undefined>;
  /** All keys of a tenant, newest first. */
  list(tenantId: TenantId): Promise<readonly ApiKey[]>;
  /** Describes a key anew if it is still described as it was `seen`. Undefined when it is not, or there is none. */
  describe(
    seen: Pick<ApiKey, "tenantId" | "id" | keyof ApiKeyDescription>,
    to: ApiKeyDescription,
  ): Promise<ApiKey | undefined>;
  /**
   * Gives a key another secret if it still has the one that was `seen` and is not revoked. Undefined when it has
   * not, or there is none.
   */
  replaceSecret(
    seen: Pick<ApiKey, "tenantId" | "id" | "secretSha256">,
    to: Pick<ApiKey, "secretSha256" | "previous">,
  ): Promise<ApiKey | undefined>;
  /** Marks the key revoked from `atMs` on; an earlier revocation stands. Undefined when there is no such key. */
  revoke(tenantId: TenantId, id: ApiKeyId, atMs: number): Promise<ApiKey | undefined>;
}

export interface PlatformLimitsStore {
  /** `noPlatformLimits` where none were ever set. */
  read(): Promise<PlatformLimits>;
  /**
   * Writes `limits` over the stored ones if those still have the version before. False when somebody else was
   * faster; true when these very limits stand already.
   */
  replace(limits: PlatformLimits): Promise<boolean>;
}
