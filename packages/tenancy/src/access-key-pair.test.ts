import { newApiKeyId, newTenantId } from "@caprock/domain";
import { systemRandom as random } from "@caprock/platform";
import { expect, test } from "vitest";
import { accessKeyIdOf, parseAccessKeyId, secretAccessKeyOf } from "./access-key-pair.ts";

const named = () => ({ tenantId: newTenantId(random), apiKeyId: newApiKeyId(random) });

test("an access key id names its API key, in the characters that AWS allows", () => {
  for (let round = 0; round < 100; round += 1) {
    const key = named();
    const id = accessKeyIdOf(key);
    expect(id).toMatch(/^\w{16,128}$/);
    expect(parseAccessKeyId(id)).toEqual(key);
  }
});

test.each(["AKIAIOSFODNN7EXAMPLE", "", "CAPROCK", "CAPROCKT", accessKeyIdOf(named()).slice(0, -1)])(
  "%s is no access key id of Caprock",
  (id) => {
    expect(parseAccessKeyId(id)).toBeUndefined();
  },
);

test("every API key, every secret of it and every deployment makes another secret access key", () => {
  const { tenantId, apiKeyId: id } = named();
  const made = [
    secretAccessKeyOf({ tenantId, id }, "a".repeat(64), "deployment"),
    secretAccessKeyOf({ tenantId, id }, "b".repeat(64), "deployment"),
    secretAccessKeyOf({ tenantId, id }, "a".repeat(64), "other"),
    secretAccessKeyOf({ tenantId, id: newApiKeyId(random) }, "a".repeat(64), "deployment"),
    secretAccessKeyOf({ tenantId: newTenantId(random), id }, "a".repeat(64), "deployment"),
  ];
  expect(new Set(made).size).toBe(made.length);
  expect(made[0]).toMatch(/^[\w-]{43}$/);
});
