/** Issues an API key. */
import { type ApiKey, type Clock, newApiKeyId, type Random, type TenantId } from "@caprock/domain";
import { keyText, newSecret, sha256Hex } from "./key-text.ts";
import type { ApiKeyStore } from "./stores.ts";

export interface IssuedApiKey {
  readonly apiKey: ApiKey;
  /** The whole key; it exists only here and with whoever it is shown to. */
  readonly text: string;
}

/** Makes a key for an existing tenant and stores its hash. */
export async function issueApiKey(
  tenantId: TenantId,
  name: string,
  {
    apiKeys,
    clock,
    random,
  }: { readonly apiKeys: ApiKeyStore; readonly clock: Clock; readonly random: Random },
): Promise<IssuedApiKey> {
  const secret = newSecret(random);
  const apiKey: ApiKey = {
    id: newApiKeyId(random),
    tenantId,
    name,
    secretSha256: sha256Hex(secret),
    createdAtMs: clock.now(),
  };
  await apiKeys.create(apiKey);
  return { apiKey, text: keyText({ tenantId, apiKeyId: apiKey.id, secret }) };
}
