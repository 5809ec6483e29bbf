/** Says which tenant signed a request with the access key pair of one of its API keys. */
import { type ApiKey, type Refusal, refusal, type Tenant } from "@caprock/domain";
import { parseAccessKeyId, secretAccessKeyOf } from "./access-key-pair.ts";
import { type AuthenticationParts, admitted, type Caller } from "./authenticate.ts";

/** Who a signed request says it is from. Nothing is known yet but that such a key exists. */
export interface Claimant {
  readonly tenant: Tenant;
  readonly apiKey: ApiKey;
  readonly deploymentSecret: string;
}

/**
 * Finds the key that a signature names, before the body that it covers is read. Refuses with `invalid_api_key`; an
 * unknown key is told apart from a wrong signature, as AWS does, since an access key id is no secret.
 */
export async function findClaimant(
  accessKeyId: string,
  { tenants, apiKeys, accessKeySecret }: AuthenticationParts,
): Promise<Claimant | Refusal> {
  const named = parseAccessKeyId(accessKeyId);
  if (!named) {
    return unknown("is not one of this deployment: use the access key pair that was issued with the API key");
  }
  if (accessKeySecret === undefined) {
    return unknown("cannot be checked: this deployment takes API keys only, not signed requests");
  }
  const [apiKey, tenant] = await Promise.all([
    apiKeys.read(named.tenantId, named.apiKeyId),
    tenants.read(named.tenantId),
  ]);
  return apiKey && tenant
    ? { apiKey, tenant, deploymentSecret: accessKeySecret }
    : unknown("is not known here. Check that it was copied whole and belongs to this deployment");
}

/**
 * Lets the claimant in if `isSignedWith` recognises the signature of one of its secrets. Refuses with
 * `invalid_signature`, `revoked_api_key` or `tenant_suspended`.
 */
export function authenticateSignature(
  { tenant, apiKey, deploymentSecret }: Claimant,
  isSignedWith: (secretAccessKey: string) => boolean,
  nowMs: number,
): Caller | Refusal {
  const signedBy = (secretSha256: string) =>
    isSignedWith(secretAccessKeyOf(apiKey, secretSha256, deploymentSecret));
  if (signedBy(apiKey.secretSha256)) {
    return admitted({ tenant, apiKey }, "current", nowMs);
  }
  if (apiKey.previous && signedBy(apiKey.previous.secretSha256)) {
    return admitted({ tenant, apiKey }, "previous", nowMs);
  }
  return refusal({
    code: "invalid_signature",
    message:
      "The signature does not match the request. Check the secret access key, and that nothing between changed the request.",
  });
}

function unknown(why: string): Refusal {
  return refusal({ code: "invalid_api_key", message: `The access key id of the signature ${why}.` });
}
