/** Lets a caller be recognised again on a connection that it opened with a key, without keeping the key. */
import { createHash } from "node:crypto";
import { type ApiKeyId, type Refusal, refusal, type TenantId } from "@caprock/domain";
import { type AuthenticationParts, admitted, type Caller } from "./authenticate.ts";
import { parseKeyText, sha256Hex } from "./key-text.ts";

/** What a connection remembers of whoever opened it; it opens nothing by itself. */
export interface CallerTicket {
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  /** Tells which of the key's secrets was presented. */
  readonly secretTag: string;
}

/** The ticket of a key that was authenticated. */
export function ticketOf(presentedKey: string): CallerTicket | undefined {
  const parts = parseKeyText(presentedKey);
  return (
    parts && {
      tenantId: parts.tenantId,
      apiKeyId: parts.apiKeyId,
      secretTag: secretTag(sha256Hex(parts.secret)),
    }
  );
}

/**
 * The caller as it stands now. Refuses as `authenticate` does: what was revoked, rotated out or suspended since is
 * refused on connections that are open already.
 */
export async function authenticateTicket(
  { tenantId, apiKeyId, secretTag: tag }: CallerTicket,
  { tenants, apiKeys, clock }: AuthenticationParts,
): Promise<Caller | Refusal> {
  const [apiKey, tenant] = await Promise.all([apiKeys.read(tenantId, apiKeyId), tenants.read(tenantId)]);
  if (!apiKey || !tenant) {
    return refusal({
      code: "invalid_api_key",
      message: "The API key of this connection is not known any more.",
    });
  }
  const nowMs = clock.now();
  if (tag === secretTag(apiKey.secretSha256)) {
    return admitted({ tenant, apiKey }, "current", nowMs);
  }
  return apiKey.previous && tag === secretTag(apiKey.previous.secretSha256)
    ? admitted({ tenant, apiKey }, "previous", nowMs)
    : refusal({
        code: "revoked_api_key",
        message: `API key ${apiKeyId} was rotated, and the secret that opened this connection has ended.`,
      });
}

/** Half of a hash of the stored hash: enough to tell two secrets apart, and of no use to guess one. */
function secretTag(secretSha256: string): string {
  return createHash("sha256").update(secretSha256).digest("hex").slice(0, 32);
}
