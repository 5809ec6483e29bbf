/** The text of an API key: `cpk_<tenant id>_<key id>_<secret>`, so that its record is found without a search. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type ApiKeyId, apiKeyIdPattern, type Random, type TenantId, tenantIdPattern } from "@caprock/domain";

export interface KeyParts {
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  readonly secret: string;
}

const secretBytes = 20;
const secretPattern = /^[0-9a-f]{40}$/;

/** Makes a secret of 160 random bits. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(secretBytes)).toString("hex");
}

export function keyText(parts: KeyParts): string {
  return `cpk_${parts.tenantId}_${parts.apiKeyId}_${parts.secret}`;
}

/** Takes a presented key apart; undefined when it cannot be a key of Caprock. */
export function parseKeyText(text: string): KeyParts | undefined {
  const [prefix, tenantId = "", apiKeyId = "", secret = "", ...rest] = text.split("_");
  const wellFormed =
    prefix === "cpk" &&
    tenantIdPattern.test(tenantId) &&
    apiKeyIdPattern.test(apiKeyId) &&
    secretPattern.test(secret) &&
    rest.length === 0;
  return wellFormed ? { tenantId, apiKeyId, secret } : undefined;
}

/** 64 hex digits. Secrets have 160 random bits, so that a fast hash keeps them safe. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Whether `secret` hashes to `expectedSha256` (64 hex digits), in a time that does not depend on how much matches. */
export function secretMatches(secret: string, expectedSha256: string): boolean {
  const presented = createHash("sha256").update(secret).digest();
  const expected = Buffer.from(expectedSha256, "hex");
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
