/** Issues short-lived access tokens. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { SignJWT } from "jose";
import {
  type TokenClaims,
  tokenAlgorithm,
  tokenIssuer,
  type VerifyToken,
  verifierOf,
} from "./verify-token.ts";

export interface AccessTokens {
  /** Signs a token that is good until `expiresAtMs`, to the second. */
  sign(claims: TokenClaims, nowMs: number): Promise<string>;
  readonly verify: VerifyToken;
}

/** The shortest and longest life of a token. An IDE's proxy renews it; a stolen one is of little use. */
export const tokenLifeSeconds = { least: 60, most: 3_600, unlessTold: 900 } as const;

/** `privateKey` is an Ed25519 key: PKCS #8, DER in base64. Throws where it is none. */
export function accessTokens(privateKey: string): AccessTokens {
  const key = createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  return {
    verify: verifierOf(createPublicKey(key)),
    sign: ({ tenantId, apiKeyId, secretTag, user, expiresAtMs }, nowMs) =>
      new SignJWT({ key: apiKeyId, tag: secretTag, ...(user === undefined ? {} : { user }) })
        .setProtectedHeader({ alg: tokenAlgorithm, typ: "JWT" })
        .setIssuer(tokenIssuer)
        .setSubject(tenantId)
        .setIssuedAt(Math.floor(nowMs / 1_000))
        .setExpirationTime(Math.floor(expiresAtMs / 1_000))
        .sign(key),
  };
}
