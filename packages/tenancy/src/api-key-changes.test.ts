import { ManualClock, newApiKeyId, newTenantId } from "@caprock/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEntry } from "./audit-chain.ts";
import { type IssuedApiKey, issueApiKey } from "./issue-api-key.ts";
import { parseKeyText, sha256Hex } from "./key-text.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";
import { updateApiKey } from "./update-api-key.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

async function newKey() {
  const clock = new ManualClock(startMs);
  const parts = { ...stores, clock };
  const tenantId = newTenantId(stores.random);
  const { apiKey } = await issueApiKey(tenantId, { name: "first", application: "bot" }, parts);
  return { parts, clock, tenantId, apiKey };
}

test("admins who rename a key and move it at once both succeed, and its secret stays", {
  timeout: timeoutMs,
}, async () => {
  const { parts, tenantId, apiKey } = await newKey();
  await Promise.all([
    updateApiKey(tenantId, apiKey.id, { name: "second" }, parts),
    updateApiKey(tenantId, apiKey.id, { application: "search" }, parts),
  ]);
  expect(await stores.apiKeys.read(tenantId, apiKey.id)).toEqual({
    ...apiKey,
    name: "second",
    application: "search",
  });
});

test.each(["", "with space", "hash#", "ü", "x".repeat(65)])(
  "%j is no application",
  { timeout: timeoutMs },
  async (application) => {
    const { parts, tenantId, apiKey } = await newKey();
    expect(await updateApiKey(tenantId, apiKey.id, { application }, parts)).toMatchObject({
      refused: { code: "invalid_request", param: "application" },
    });
    await expect(issueApiKey(tenantId, { name: "x", application }, parts)).rejects.toThrow(RangeError);
  },
);

test("of two rotations at once one wins and the other is told, so no secret that was shown is dead", {
  timeout: timeoutMs,
}, async () => {
  const { parts, tenantId, apiKey } = await newKey();
  const both = await Promise.all([0, 1].map(() => rotateApiKey(tenantId, apiKey.id, 60, parts)));
  const shown = both.filter((one): one is IssuedApiKey => "text" in one);
  expect(shown).toHaveLength(1);
  expect(both.find((one) => "refused" in one)).toMatchObject({ refused: { code: "conflict" } });
  const stored = await stores.apiKeys.read(tenantId, apiKey.id);
  expect(stored?.secretSha256).toBe(sha256Hex(parseKeyText(shown[0]!.text)!.secret));
  expect(stored?.previous?.secretSha256).toBe(apiKey.secretSha256);
});

test("a second rotation may not cut the grace of the first short, unless it is to end all at once", {
  timeout: timeoutMs,
}, async () => {
  const { parts, clock, tenantId, apiKey } = await newKey();
  await rotateApiKey(tenantId, apiKey.id, 60, parts);
  clock.advance(59_999);
  expect(await rotateApiKey(tenantId, apiKey.id, 60, parts)).toMatchObject({ refused: { code: "conflict" } });
  clock.advance(1);
  expect(await rotateApiKey(tenantId, apiKey.id, 60, parts)).toHaveProperty("text");
  expect(await rotateApiKey(tenantId, apiKey.id, 0, parts)).toHaveProperty("text");
});

test("a revoked key is not rotated, and revoking it again changes neither its instant nor the audit log", {
  timeout: timeoutMs,
}, async () => {
  const { parts, clock, tenantId, apiKey } = await newKey();
  await revokeApiKey(tenantId, apiKey.id, parts);
  clock.advance(1_000);
  const entriesBefore = await stores.audit.page(tenantId, { limit: 100 });
  expect(await revokeApiKey(tenantId, apiKey.id, parts)).toMatchObject({ revokedAtMs: startMs });
  expect(await rotateApiKey(tenantId, apiKey.id, 0, parts)).toMatchObject({ refused: { code: "conflict" } });
  expect(await stores.audit.page(tenantId, { limit: 100 })).toEqual(entriesBefore);
});

test("a key that is not there is changed by no verb, and no verb tells of it", {
  timeout: timeoutMs,
}, async () => {
  const { parts, tenantId } = await newKey();
  const id = newApiKeyId(stores.random);
  const answers = await Promise.all([
    updateApiKey(tenantId, id, { name: "x" }, parts),
    rotateApiKey(tenantId, id, 0, parts),
    revokeApiKey(tenantId, id, parts),
  ]);
  for (const answer of answers) {
    expect(answer).toMatchObject({ refused: { code: "not_found" } });
  }
  expect(await stores.audit.page(tenantId, { limit: 100 })).toHaveLength(1);
});

test("the audit log tells of every change of a key, and of no secret or hash of one", {
  timeout: timeoutMs,
}, async () => {
  const { parts, tenantId, apiKey } = await newKey();
  await updateApiKey(tenantId, apiKey.id, { application: "search" }, parts);
  const { text } = (await rotateApiKey(tenantId, apiKey.id, 60, parts)) as IssuedApiKey;
  await revokeApiKey(tenantId, apiKey.id, parts);
  const stored = await stores.audit.page(tenantId, { limit: 100 });
  const entries = stored.toReversed().map((entry) => readEntry(entry)!);
  expect(entries.map(({ action, target, change }) => ({ action, target, change }))).toEqual([
    { action: "key.issue", target: apiKey.id, change: { name: "first", application: "bot" } },
    { action: "key.update", target: apiKey.id, change: { application: "search" } },
    { action: "key.rotate", target: apiKey.id, change: { previousAcceptedUntilMs: startMs + 60_000 } },
    { action: "key.revoke", target: apiKey.id, change: { revokedAtMs: startMs } },
  ]);
  const { secret } = parseKeyText(text)!;
  const told = stored.map((entry) => entry.text).join();
  for (const hidden of [secret, sha256Hex(secret), apiKey.secretSha256]) {
    expect(told).not.toContain(hidden);
  }
});

test("a key from before there were applications can be moved to one", { timeout: timeoutMs }, async () => {
  const { parts, tenantId, apiKey } = await newKey();
  const { application: _, ...old } = apiKey;
  const id = newApiKeyId(stores.random);
  await stores.apiKeys.create({ ...old, id } as typeof apiKey);
  expect(await updateApiKey(tenantId, id, { application: "search" }, parts)).toMatchObject({
    application: "search",
  });
});
