/** Exchanges an API key, or an OIDC sign-in, for an access token. */
import { apiKeyIdPattern, type Clock, type Refusal, refusal, tenantIdPattern } from "@caprock/domain";
import { type AuthenticationParts, admitted, authenticate, type Caller } from "../authenticate.ts";
import { secretTagOf } from "../caller-ticket.ts";
import type { IdentityProviders } from "./sign-in.ts";
import { type AccessTokens, tokenLifeSeconds } from "./sign-token.ts";
import { looksLikeToken } from "./verify-token.ts";

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface TokenIssueParts {
  readonly authentication: AuthenticationParts;
  readonly accessTokens: AccessTokens;
  readonly identityProviders: IdentityProviders;
  readonly clock: Clock;
}

/** Who wants to sign in: for which of a tenant's keys, and as whom the identity provider knows them. */
export interface SignInRequest {
  readonly tenantId: string;
  readonly apiKeyId: string;
  readonly idToken: string;
}

/**
 * A token that acts as the API key which is presented. Refuses as `authenticate` does; a token cannot prolong itself, and
 * so is no key.
 */
export async function issueTokenForKey(
  presented: string | undefined,
  lifeSeconds: number,
  parts: TokenIssueParts,
): Promise<IssuedToken | Refusal> {
  if (presented !== undefined && looksLikeToken(presented)) {
    return refusal({
      code: "invalid_api_key",
      message:
        "An access token cannot be exchanged for another one: send the API key itself, or sign in again.",
    });
  }
  const caller = await authenticate(presented, parts.authentication);
  return "refused" in caller ? caller : issue(caller, lifeSeconds, parts);
}

/**
 * A token that acts as an API key which accepts sign-ins from the issuer of the ID token. Refuses with
 * `invalid_id_token`, also where there is no such key: who cannot sign in learns of no key. Who can is refused as
 * `authenticate` does where the key was revoked or its tenant suspended.
 */
export async function issueTokenForSignIn(
  { tenantId, apiKeyId, idToken }: SignInRequest,
  lifeSeconds: number,
  parts: TokenIssueParts,
): Promise<IssuedToken | Refusal> {
  const { tenants, apiKeys } = parts.authentication;
  // A store has no key by an empty name, or by a very long one, and fails.
  const canBe = tenantIdPattern.test(tenantId) && apiKeyIdPattern.test(apiKeyId);
  const [apiKey, tenant] = canBe
    ? await Promise.all([apiKeys.read(tenantId, apiKeyId), tenants.read(tenantId)])
    : [];
  if (!apiKey?.signIn || !tenant) {
    return refusal({
      code: "invalid_id_token",
      message:
        "There is no such API key that accepts sign-ins. Ask the platform team for tenantId and apiKeyId.",
    });
  }
  const nowMs = parts.clock.now();
  const user = await parts.identityProviders.verify(idToken, apiKey.signIn, nowMs);
  if (typeof user !== "string") {
    return user;
  }
  const caller = admitted({ tenant, apiKey, user }, "current", nowMs);
  return "refused" in caller ? caller : issue(caller, lifeSeconds, parts);
}

async function issue(
  { tenant, apiKey, user }: Caller,
  lifeSeconds: number,
  { accessTokens, clock }: TokenIssueParts,
): Promise<IssuedToken> {
  const nowMs = clock.now();
  const seconds = Math.min(Math.max(lifeSeconds, tokenLifeSeconds.least), tokenLifeSeconds.most);
  const expiresAtMs = (Math.floor(nowMs / 1_000) + seconds) * 1_000;
  const secretTag = secretTagOf(apiKey);
  const claims = { tenantId: tenant.id, apiKeyId: apiKey.id, secretTag, user, expiresAtMs };
  return { token: await accessTokens.sign(claims, nowMs), expiresAtMs };
}
