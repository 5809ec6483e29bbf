/** Lets a caller be recognised again without its key: on a connection that it opened, or by a token that it was given. */
import { createHash } from "node:crypto";
import { type ApiKey, type ApiKeyId, type Refusal, refusal, type TenantId } from "@caprock/domain";
import { looksLikeToken } from "./access-token/verify-token.ts";
import { type AuthenticationParts, admitted, type Caller } from "./authenticate.ts";
import { parseKeyText, sha256Hex } from "./key-text.ts";
import { type CallerRecord, decideOnCaller } from "./recent-callers.ts";

/** Names a key and the secret of it that was presented; by itself it opens nothing. */
export interface CallerTicket {
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  /** Tells which of the key's secrets was presented. */
  readonly secretTag: string;
  /** Who signed in, where somebody did. */
  readonly user?: string | undefined;
  /** The ticket is refused from then on. */
  readonly expiresAtMs: number;
}

/** For tickets that end with their connection. */
const neverMs = Number.MAX_SAFE_INTEGER;

/** The ticket of a key or a token that was authenticated. */
export async function ticketOf(
  presented: string,
  { accessTokens, clock }: AuthenticationParts,
): Promise<CallerTicket | undefined> {
  if (looksLikeToken(presented)) {
    const claims = await accessTokens?.verify(presented, clock.now());
    return claims === undefined || "refused" in claims ? undefined : claims;
  }
  const parts = parseKeyText(presented);
  return (
    parts && {
      tenantId: parts.tenantId,
      apiKeyId: parts.apiKeyId,
      secretTag: tagOf(sha256Hex(parts.secret)),
      expiresAtMs: neverMs,
    }
  );
}

/**
 * The caller as it stands now. Refuses as `authenticate` does: what was revoked, rotated out or suspended since is
 * refused on connections that are open already, and with tokens that have not expired.
 */
export async function authenticateTicket(
  ticket: CallerTicket,
  authentication: AuthenticationParts,
): Promise<Caller | Refusal> {
  return decideOnCaller(ticket.tenantId, ticket.apiKeyId, authentication, (record) =>
    record
      ? recognise(ticket, record, authentication.clock.now())
      : refusal({ code: "invalid_api_key", message: "The API key that let this caller in is gone." }),
  );
}

function recognise(
  { apiKeyId, secretTag, user, expiresAtMs }: CallerTicket,
  { tenant, apiKey }: CallerRecord,
  nowMs: number,
): Caller | Refusal {
  if (nowMs >= expiresAtMs) {
    return refusal({
      code: "invalid_access_token",
      message: "The access token of this connection has expired.",
    });
  }
  const known = { tenant, apiKey, ...(user === undefined ? {} : { user }) };
  if (secretTag === secretTagOf(apiKey)) {
    return admitted(known, "current", nowMs);
  }
  return apiKey.previous && secretTag === tagOf(apiKey.previous.secretSha256)
    ? admitted(known, "previous", nowMs)
    : refusal({
        code: "revoked_api_key",
        message: `API key ${apiKeyId} was rotated, and the secret of it that let this caller in has ended.`,
      });
}

/** The tag of a key's current secret. */
export function secretTagOf({ secretSha256 }: ApiKey): string {
  return tagOf(secretSha256);
}

/** Half of a hash of the stored hash: enough to tell two secrets apart, and of no use to guess one. */
function tagOf(secretSha256: string): string {
  return createHash("sha256").update(secretSha256).digest("hex").slice(0, 32);
}
