/** Issues an API key. */
import { type ApiKey, defaultApplication, newApiKeyId, type TenantId } from "@caprock/domain";
import { keyText, newSecret, sha256Hex } from "./key-text.ts";
import { recordChange } from "./record-change.ts";
import { checkApplication, type KeyChangeParts } from "./update-api-key.ts";

export interface NewApiKey {
  readonly name: string;
  /** `defaultApplication` unless told. */
  readonly application?: string | undefined;
}

export interface IssuedApiKey {
  readonly apiKey: ApiKey;
  /** The whole key; it exists only here and with whoever it is shown to. */
  readonly text: string;
}

/**
 * Makes a key for an existing tenant and stores its hash. Throws a RangeError for an application that cannot be
 * one; `applicationPattern` tells.
 */
export async function issueApiKey(
  tenantId: TenantId,
  { name, application = defaultApplication }: NewApiKey,
  parts: KeyChangeParts,
): Promise<IssuedApiKey> {
  const wrong = checkApplication(application);
  if (wrong) {
    throw new RangeError(wrong.refused.message);
  }
  const secret = newSecret(parts.random);
  const apiKey: ApiKey = {
    id: newApiKeyId(parts.random),
    tenantId,
    name,
    application,
    secretSha256: sha256Hex(secret),
    createdAtMs: parts.clock.now(),
  };
  const change = { name, application };
  await recordChange(tenantId, { action: "key.issue", target: apiKey.id, change }, parts);
  await parts.apiKeys.create(apiKey);
  return { apiKey, text: keyText({ tenantId, apiKeyId: apiKey.id, secret }) };
}
