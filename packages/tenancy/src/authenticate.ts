/** Says which tenant is calling, or why nobody can be. */
import { type ApiKey, type Clock, type Refusal, refusal, type Tenant } from "@caprock/domain";
import type { AccessTokens } from "./access-token/sign-token.ts";
import { looksLikeToken } from "./access-token/verify-token.ts";
import { authenticateTicket } from "./caller-ticket.ts";
import { parseKeyText, secretMatches } from "./key-text.ts";
import { type CallerReads, decideOnCaller } from "./recent-callers.ts";

export interface Caller {
  readonly tenant: Tenant;
  readonly apiKey: ApiKey;
  /** Who signed in and acts as the key, where somebody did. */
  readonly user?: string;
}

export interface AuthenticationParts extends CallerReads {
  readonly clock: Clock;
  /** The deployment's own secret, of which access key pairs are made; without it signed requests are refused. */
  readonly accessKeySecret?: string | undefined;
  /** Without it, access tokens are refused. */
  readonly accessTokens?: AccessTokens | undefined;
}

/**
 * Checks a presented API key or access token; after a rotation the earlier secret is good until its instant. Refuses with `missing_api_key`, `invalid_api_key`, `invalid_access_token`, `revoked_api_key` or
 * `tenant_suspended`; whether a key exists is told only to who knows its secret.
 */
export async function authenticate(
  presented: string | undefined,
  authentication: AuthenticationParts,
): Promise<Caller | Refusal> {
  if (!presented) {
    return refusal({
      code: "missing_api_key",
      message: "No API key was sent. Send it as `Authorization: Bearer <key>` or `x-api-key: <key>`.",
    });
  }
  if (looksLikeToken(presented)) {
    return authenticateToken(presented, authentication);
  }
  const parts = parseKeyText(presented);
  if (!parts) {
    return unknownKey();
  }
  return decideOnCaller(parts.tenantId, parts.apiKeyId, authentication, (record): Caller | Refusal => {
    const secret = record && knownSecret(parts.secret, record.apiKey);
    if (!secret) {
      return unknownKey();
    }
    const { tenant, apiKey } = record;
    return admitted({ tenant, apiKey }, secret, authentication.clock.now());
  });
}

async function authenticateToken(
  token: string,
  authentication: AuthenticationParts,
): Promise<Caller | Refusal> {
  const { accessTokens, clock } = authentication;
  if (!accessTokens) {
    return unknownKey();
  }
  const claims = await accessTokens.verify(token, clock.now());
  return "refused" in claims ? claims : authenticateTicket(claims, authentication);
}

/** Lets a caller in whose secret is known to be one of the key's: unless it is revoked or ended, or its tenant suspended. */
export function admitted(caller: Caller, secret: "current" | "previous", nowMs: number): Caller | Refusal {
  const { tenant, apiKey } = caller;
  if (apiKey.revokedAtMs !== undefined && apiKey.revokedAtMs <= nowMs) {
    return refusal({
      code: "revoked_api_key",
      message: `API key ${apiKey.id} ("${apiKey.name}") was revoked. Use another key.`,
    });
  }
  if (secret === "previous" && apiKey.previous && apiKey.previous.untilMs <= nowMs) {
    return refusal({
      code: "revoked_api_key",
      message: `API key ${apiKey.id} ("${apiKey.name}") was rotated, and this earlier secret of it has ended. Use the new one.`,
    });
  }
  if (tenant.status === "suspended") {
    return refusal({
      code: "tenant_suspended",
      message: `Tenant ${tenant.id} is suspended. Ask the platform team to resume it.`,
    });
  }
  return caller;
}

/** Which secret of a key was presented. Both are always compared, so that the time taken tells nothing. */
function knownSecret(secret: string, { secretSha256, previous }: ApiKey): "current" | "previous" | undefined {
  const isCurrent = secretMatches(secret, secretSha256);
  const isPrevious = secretMatches(secret, previous?.secretSha256 ?? secretSha256);
  return isCurrent ? "current" : previous && isPrevious ? "previous" : undefined;
}

function unknownKey(): Refusal {
  return refusal({
    code: "invalid_api_key",
    message: "The API key is not known here. Check that it was copied whole and belongs to this deployment.",
  });
}
