/** Makes a key that signs access tokens. */
import { generateKeyPairSync } from "node:crypto";

/** A new Ed25519 key as `accessTokens` takes it: PKCS #8, DER in base64. */
export function newTokenKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return privateKey.toString("base64");
}
