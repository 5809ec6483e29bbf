/** Revokes an API key. */
import type { ApiKey, ApiKeyId, Refusal, TenantId } from "@caprock/domain";
import { recordChange } from "./record-change.ts";
import { apiKeyNotFound, type KeyChangeParts } from "./update-api-key.ts";

/**
 * From now on the key is refused, with every secret it has. Revoking it again changes nothing. Refuses with
 * `not_found`.
 */
export async function revokeApiKey(
  tenantId: TenantId,
  id: ApiKeyId,
  parts: KeyChangeParts,
): Promise<ApiKey | Refusal> {
  const seen = await parts.apiKeys.read(tenantId, id);
  if (seen?.revokedAtMs !== undefined) {
    return seen;
  }
  if (!seen) {
    return apiKeyNotFound(tenantId, id);
  }
  const revokedAtMs = parts.clock.now();
  await recordChange(tenantId, { action: "key.revoke", target: id, change: { revokedAtMs } }, parts);
  return (await parts.apiKeys.revoke(tenantId, id, revokedAtMs)) ?? apiKeyNotFound(tenantId, id);
}
