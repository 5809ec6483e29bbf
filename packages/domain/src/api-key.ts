/** An API key as it is stored: everything but the secret. */
import type { ApiKeyId, TenantId } from "./ids.ts";

export interface ApiKey {
  readonly id: ApiKeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  /** SHA-256 of the secret, hex. The secret has 160 random bits, so a slow hash would add nothing. */
  readonly secretSha256: string;
  readonly createdAtMs: number;
  /** From this instant on the key is refused. */
  readonly revokedAtMs?: number;
}
