/** Checks short-lived access tokens. Small and without AWS: the edge runs it too. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { type Refusal, refusal } from "@caprock/domain";
import { errors, jwtVerify } from "jose";
import { z } from "zod";

/** What a token says: a signed ticket, good until `expiresAtMs`. */
export interface TokenClaims {
  readonly tenantId: string;
  readonly apiKeyId: string;
  readonly secretTag: string;
  /** Who signed in, where somebody did. */
  readonly user?: string | undefined;
  readonly expiresAtMs: number;
}

export const tokenIssuer = "caprock";
export const tokenAlgorithm = "EdDSA";

/** Clocks of edge and API may differ by so much. */
const clockToleranceSeconds = 30;

const payload = z.object({
  sub: z.string(),
  key: z.string(),
  tag: z.string(),
  user: z.string().optional(),
  exp: z.number(),
});

export type VerifyToken = (token: string, nowMs: number) => Promise<TokenClaims | Refusal>;

/** Whether a presented text is a token rather than an API key; nothing is said of its truth. */
export function looksLikeToken(text: string): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** `publicKey` is an Ed25519 key: SubjectPublicKeyInfo, DER in base64. The check refuses with `invalid_access_token`. */
export function tokenVerifier(publicKey: string): VerifyToken {
  return verifierOf(createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" }));
}

/** The same for a key that has been read already. */
export function verifierOf(key: KeyObject): VerifyToken {
  return async (token, nowMs) => {
    try {
      const verified = await jwtVerify(token, key, {
        issuer: tokenIssuer,
        algorithms: [tokenAlgorithm],
        currentDate: new Date(nowMs),
        clockTolerance: clockToleranceSeconds,
      });
      const { sub, key: apiKeyId, tag, user, exp } = payload.parse(verified.payload);
      return {
        tenantId: sub,
        apiKeyId,
        secretTag: tag,
        ...(user === undefined ? {} : { user }),
        expiresAtMs: exp * 1_000,
      };
    } catch (error) {
      const expired = error instanceof errors.JWTExpired;
      return refusal({
        code: "invalid_access_token",
        message: expired
          ? "The access token has expired. Get another one at POST /v1/tokens."
          : "The access token was not issued by this deployment. Get one at POST /v1/tokens.",
      });
    }
  };
}
