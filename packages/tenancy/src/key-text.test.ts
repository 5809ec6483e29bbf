import { newApiKeyId, newTenantId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyText, newSecret, parseKeyText, secretMatches, sha256Hex } from "./key-text.ts";

const bytes = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });
/** A random source that deals out given bytes. */
const dealing = (dealt: Uint8Array) => ({ bytes: (count: number) => dealt.subarray(0, count) });

test("the text of any key is read back as the parts it was made of", () => {
  fc.assert(
    fc.property(bytes(8), bytes(8), bytes(20), (tenant, key, secret) => {
      const parts = {
        tenantId: newTenantId(dealing(tenant)),
        apiKeyId: newApiKeyId(dealing(key)),
        secret: newSecret(dealing(secret)),
      };
      expect(parseKeyText(keyText(parts))).toEqual(parts);
    }),
  );
});

test("no part of a key that differs from one of Caprock's form is read as a key", () => {
  const text = keyText({
    tenantId: newTenantId(systemRandom),
    apiKeyId: newApiKeyId(systemRandom),
    secret: newSecret(systemRandom),
  });
  const cuts = Array.from({ length: text.length }, (_, length) => text.slice(0, length));
  const [, tenantId = "", apiKeyId = "", secret = ""] = text.split("_");
  const others = [
    `${text}_`,
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    text.toUpperCase(),
    text.replace("cpk", "sk"),
    `cpk_${apiKeyId}_${tenantId}_${secret}`,
    `cpk_${tenantId}_${apiKeyId}_${secret.replace(/.$/, "g")}`,
    `cpk_${tenantId}_${secret}`,
  ];
  for (const wrong of [...cuts, ...others]) {
    expect(parseKeyText(wrong), wrong).toBeUndefined();
  }
});

test("only the very secret matches its hash", () => {
  fc.assert(
    fc.property(bytes(20), bytes(20), (one, other) => {
      const secret = newSecret(dealing(one));
      const another = newSecret(dealing(other));
      expect(secretMatches(secret, sha256Hex(secret))).toBe(true);
      expect(secretMatches(another, sha256Hex(secret))).toBe(another === secret);
    }),
  );
});

test("a stored hash that is damaged matches nothing and does not throw", () => {
  const secret = newSecret(systemRandom);
  const hash = sha256Hex(secret);
  for (const damaged of ["", hash.slice(0, 62), `${hash}00`, "not hex at all", hash.replace(/^./, "x")]) {
    expect(secretMatches(secret, damaged), damaged).toBe(false);
  }
});
