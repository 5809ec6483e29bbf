/** Checks ID tokens by the keys that their issuers publish (OpenID Connect Discovery 1.0, section 4). */
import { CaprockError, type Refusal, refusal, type SignIn } from "@caprock/domain";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import type { IdentityProviders } from "../access-token/sign-in.ts";

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

const claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().max(320).optional(),
  email_verified: z.union([z.boolean(), z.stringbool()]).optional(),
  /** Whom the token was issued to. */
  azp: z.string().optional(),
});

const discoveryTimeoutMs = 5_000;

/** Signatures by a secret that both know would make anyone with the audience's secret the issuer. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"];

export class OidcIdentityProviders implements IdentityProviders {
  private readonly keys = new Map<string, Promise<JWTVerifyGetKey>>();

  async verify(idToken: string, signIn: SignIn, nowMs: number): Promise<string | Refusal> {
    const keys = await this.keysOf(signIn.issuer);
    try {
      const { payload } = await jwtVerify(idToken, keys, {
        issuer: signIn.issuer,
        audience: signIn.audience,
        algorithms,
        // One that names no end would be good for ever.
        requiredClaims: ["exp"],
        currentDate: new Date(nowMs),
        clockTolerance: 30,
      });
      const told = claims.parse(payload);
      // Of several audiences, one has asked for the token (OpenID Connect Core 1.0, section 3.1.3.7, steps 4 and 5).
      if (Array.isArray(payload.aud) && payload.aud.length > 1 && told.azp !== signIn.audience) {
        return wrong("The ID token was issued to another application. Sign in again.");
      }
      return userOf(told, signIn);
    } catch (error) {
      if (error instanceof CaprockError) {
        throw error;
      }
      const why = error instanceof errors.JWTExpired ? "has expired" : "is not valid for this API key";
      return wrong(`The ID token ${why}. Sign in again.`);
    }
  }

  private keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.keys.get(issuer) ?? findKeys(issuer);
    this.keys.set(issuer, known);
    // What failed is tried anew next time.
    known.catch(() => this.keys.delete(issuer));
    return known;
  }
}

async function findKeys(issuer: string): Promise<JWTVerifyGetKey> {
  try {
    const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(discoveryTimeoutMs),
      redirect: "error",
    });
    const found = discovery.parse(await response.json());
    if (found.issuer !== issuer) {
      throw new Error(`it calls itself ${found.issuer}`);
    }
    // It keeps the keys, and asks again for one that it does not know, at most every half minute.
    const keys = createRemoteJWKSet(new URL(found.jwks_uri));
    return (header, token) =>
      keys(header, token).catch((error: unknown) => {
        throw isOfToken(error) ? error : unreachable(issuer, error);
      });
  } catch (error) {
    throw unreachable(issuer, error);
  }
}

/** Whether the token names no key of the issuer's, rather than that its keys cannot be had. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** An address that the provider does not vouch for is what the user has put there, perhaps another user's. */
function userOf(
  { sub, email, email_verified: verified }: z.infer<typeof claims>,
  { emailDomain }: SignIn,
): string | Refusal {
  if (emailDomain === undefined) {
    return email !== undefined && verified === true ? email : sub;
  }
  return email?.toLowerCase().endsWith(`@${emailDomain.toLowerCase()}`) && verified === true
    ? email
    : wrong(`The ID token has no verified email address of ${emailDomain}.`);
}

function wrong(message: string): Refusal {
  return refusal({ code: "invalid_id_token", message });
}

function unreachable(issuer: string, cause: unknown): CaprockError {
  return new CaprockError(
    { code: "upstream_unavailable", message: `The identity provider ${issuer} does not answer. Retry.` },
    cause,
  );
}
