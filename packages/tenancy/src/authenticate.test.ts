import { ManualClock, newApiKeyId, newTenantId, type Tenant } from "@caprock/domain";
import { systemRandom as random } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticate } from "./authenticate.ts";
import { createTenant } from "./create-tenant.ts";
import { type IssuedApiKey, issueApiKey } from "./issue-api-key.ts";
import { keyText, newSecret, parseKeyText } from "./key-text.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";
import { updateTenant } from "./update-tenant.ts";

const timeoutMs = 60_000;
const start = Date.parse("2026-11-22T12:00:00Z");
const clock = new ManualClock(start);

let stores: OpenStores;
let tenant: Tenant;

beforeAll(async () => {
  stores = await openStores();
  tenant = await createTenant(
    { name: "Acme", monthlyCapNanoUsd: 1_000n, requestsPerMinute: 10, timeZone: "UTC" },
    { ...stores, clock },
  );
}, timeoutMs);
afterAll(() => stores.close());

const issue = (name = "production") => issueApiKey(tenant.id, { name }, { ...stores, clock });
const present = (text: string | undefined, nowMs = start) =>
  authenticate(text, { ...stores, clock: new ManualClock(nowMs) });

test("a key that was issued names its tenant and itself", { timeout: timeoutMs }, async () => {
  const { apiKey, text } = await issue();
  expect(await present(text)).toEqual({ tenant, apiKey });
});

test("a call without a key is told how to send one", async () => {
  for (const nothing of [undefined, ""]) {
    expect(await present(nothing)).toMatchObject({ refused: { code: "missing_api_key" } });
  }
});

test("whoever lacks the secret cannot tell a wrong key from one that never was", {
  timeout: timeoutMs,
}, async () => {
  const { text } = await issue();
  const { tenantId, apiKeyId, secret } = parseKeyText(text)!;
  const wrong = [
    "no key at all",
    keyText({ tenantId, apiKeyId, secret: newSecret(random) }),
    keyText({ tenantId, apiKeyId: newApiKeyId(random), secret }),
    keyText({ tenantId: newTenantId(random), apiKeyId, secret }),
  ];
  const answers = await Promise.all(wrong.map((one) => present(one)));
  expect(answers[0]).toMatchObject({ refused: { code: "invalid_api_key" } });
  for (const answer of answers) {
    expect(answer).toEqual(answers[0]);
  }
});

test("a revoked or suspended key with a wrong secret is an unknown key too", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey, text } = await issue();
  await stores.apiKeys.revoke(tenant.id, apiKey.id, start);
  const guessed = keyText({ ...parseKeyText(text)!, secret: newSecret(random) });
  expect(await present(guessed)).toMatchObject({ refused: { code: "invalid_api_key" } });
});

test("a revocation takes effect at its very millisecond and is never put off", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey, text } = await issue("old one");
  const revokedAtMs = start + 5_000;
  await stores.apiKeys.revoke(tenant.id, apiKey.id, revokedAtMs);
  expect(await present(text, revokedAtMs - 1)).toHaveProperty("apiKey");
  expect(await present(text, revokedAtMs)).toMatchObject({ refused: { code: "revoked_api_key" } });
  const again = await stores.apiKeys.revoke(tenant.id, apiKey.id, revokedAtMs + 60_000);
  expect(again?.revokedAtMs).toBe(revokedAtMs);
});

test("a suspended tenant's keys are refused until it is resumed", { timeout: timeoutMs }, async () => {
  const { text } = await issue();
  await updateTenant(tenant.id, { status: "suspended" }, { ...stores, clock });
  expect(await present(text)).toMatchObject({ refused: { code: "tenant_suspended" } });
  await updateTenant(tenant.id, { status: "active" }, { ...stores, clock });
  expect(await present(text)).toHaveProperty("tenant");
});

test("the secret is nowhere in what is stored", { timeout: timeoutMs }, async () => {
  const { apiKey, text } = await issue();
  const stored = await stores.apiKeys.read(tenant.id, apiKey.id);
  expect(JSON.stringify(stored)).not.toContain(parseKeyText(text)!.secret);
});

test("after a rotation both secrets are good until the earlier one's instant, then only the new one", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey, text: earlier } = await issue();
  const rotated = await rotateApiKey(tenant.id, apiKey.id, 60, { ...stores, clock });
  const { text: later } = rotated as IssuedApiKey;
  expect(parseKeyText(later)).toMatchObject({ tenantId: tenant.id, apiKeyId: apiKey.id });
  const endMs = start + 60_000;
  for (const text of [earlier, later]) {
    expect(await present(text, endMs - 1)).toMatchObject({ apiKey: { id: apiKey.id } });
  }
  expect(await present(earlier, endMs)).toMatchObject({ refused: { code: "revoked_api_key" } });
  expect(await present(later, endMs)).toHaveProperty("apiKey");
});

test("a rotation without grace ends every earlier secret at once, one in grace too", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey, text: first } = await issue();
  const second = (await rotateApiKey(tenant.id, apiKey.id, 60, { ...stores, clock })) as IssuedApiKey;
  const third = (await rotateApiKey(tenant.id, apiKey.id, 0, { ...stores, clock })) as IssuedApiKey;
  for (const text of [first, second.text]) {
    expect(await present(text)).toMatchObject({ refused: { code: "invalid_api_key" } });
  }
  expect(await present(third.text)).toHaveProperty("apiKey");
});
