/** The access key pair of an API key: what a caller gives an AWS SDK that signs its requests (Signature Version 4). */
import { createHmac } from "node:crypto";
import { type ApiKey, type ApiKeyId, apiKeyIdPattern, type TenantId, tenantIdPattern } from "@caprock/domain";

/** The names of the AWS SDKs' own settings. */
export interface AccessKeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface NamedKey {
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
}

const idPrefix = "CAPROCK";
const tenantIdLength = 13;

/** An access key id names an API key, so that its record is found without a search: word characters, as AWS's have. */
export function accessKeyIdOf({ tenantId, apiKeyId }: NamedKey): string {
  return `${idPrefix}${tenantId}${apiKeyId}`.toUpperCase();
}

/** Undefined when the text cannot be an access key id of Caprock, for example when it is one of AWS. */
export function parseAccessKeyId(text: string): NamedKey | undefined {
  if (!text.startsWith(idPrefix)) {
    return undefined;
  }
  const names = text.slice(idPrefix.length).toLowerCase();
  const tenantId = names.slice(0, tenantIdLength);
  const apiKeyId = names.slice(tenantIdLength);
  return tenantIdPattern.test(tenantId) && apiKeyIdPattern.test(apiKeyId)
    ? { tenantId, apiKeyId }
    : undefined;
}

/**
 * The secret of the pair. Who verifies a signature has to know it whole, unlike an API key's, so it is not stored but
 * made from the stored hash and the deployment's own secret: neither a copy of the table nor that secret alone signs
 * anything. Each secret of an API key makes another one, so a rotation, its grace and a revocation hold for both.
 */
export function secretAccessKeyOf(
  { tenantId, id }: Pick<ApiKey, "tenantId" | "id">,
  secretSha256: string,
  deploymentSecret: string,
): string {
  return createHmac("sha256", deploymentSecret)
    .update(`access-key\n${tenantId}\n${id}\n${secretSha256}`)
    .digest("base64url");
}

/** The pair of an API key's current secret. */
export function accessKeyPairOf(apiKey: ApiKey, deploymentSecret: string): AccessKeyPair {
  return {
    accessKeyId: accessKeyIdOf({ tenantId: apiKey.tenantId, apiKeyId: apiKey.id }),
    secretAccessKey: secretAccessKeyOf(apiKey, apiKey.secretSha256, deploymentSecret),
  };
}
