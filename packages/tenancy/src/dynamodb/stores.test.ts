import { type ApiKey, ManualClock, newApiKeyId, newTenantId, type Tenant } from "@caprock/domain";
import { systemRandom as random } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTenant } from "../create-tenant.ts";
import { type OpenStores, openStores } from "../testing/open-stores.ts";

const timeoutMs = 60_000;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

const create = (name: string, monthlyCapNanoUsd = 1_000n): Promise<Tenant> =>
  createTenant(
    { name, monthlyCapNanoUsd, requestsPerMinute: 600, timeZone: "America/Los_Angeles" },
    { ...stores, clock },
  );

const keyOf = (tenantId: string, createdAtMs: number): ApiKey => ({
  id: newApiKeyId(random),
  tenantId,
  name: `made at ${createdAtMs}`,
  application: "default",
  secretSha256: "0".repeat(64),
  createdAtMs,
});

test("a tenant is read back exactly, a cap above a JavaScript number's precision too", {
  timeout: timeoutMs,
}, async () => {
  const tenant = await create("Großkunde 東京", 1_000_000_000_000_000_001n);
  expect(await stores.tenants.read(tenant.id)).toEqual(tenant);
});

test("a tenant id is given out once", { timeout: timeoutMs }, async () => {
  const tenant = await create("First");
  await expect(stores.tenants.create({ ...tenant, name: "Second" })).rejects.toMatchObject({
    name: "ConditionalCheckFailedException",
  });
  expect(await stores.tenants.read(tenant.id)).toMatchObject({ name: "First" });
});

test("a stale copy never replaces a newer one, and the loser is told", { timeout: timeoutMs }, async () => {
  const tenant = await create("Raced");
  const next = (name: string): Tenant => ({ ...tenant, name, limits: { ...tenant.limits, version: 2 } });
  const won = await Promise.all(["a", "b", "c"].map((name) => stores.tenants.replace(next(name))));
  expect(won.filter(Boolean)).toHaveLength(1);
  const winner = ["a", "b", "c"][won.indexOf(true)];
  expect(await stores.tenants.read(tenant.id)).toMatchObject({ name: winner, limits: { version: 2 } });
  expect(await stores.tenants.replace({ ...tenant, id: newTenantId(random) })).toBe(false);
});

test("the list holds every tenant by name, and no keys", { timeout: timeoutMs }, async () => {
  const made = await Promise.all(["zebra", "Ant", "mole"].map((name) => create(name)));
  await stores.apiKeys.create(keyOf(made[0]!.id, 1));
  const names = (await stores.tenants.list()).map(({ name }) => name);
  expect(names.filter((name) => ["zebra", "Ant", "mole"].includes(name))).toEqual(["Ant", "mole", "zebra"]);
});

test("a tenant's keys are listed newest first, revoked ones too, and none of another tenant", {
  timeout: timeoutMs,
}, async () => {
  const [mine, theirs] = [newTenantId(random), newTenantId(random)];
  const keys = [keyOf(mine, 100), keyOf(mine, 300), keyOf(mine, 200)];
  await Promise.all([...keys, keyOf(theirs, 400)].map((key) => stores.apiKeys.create(key)));
  await stores.apiKeys.revoke(mine, keys[1]!.id, 500);
  expect(await stores.apiKeys.list(mine)).toEqual([{ ...keys[1], revokedAtMs: 500 }, keys[2], keys[0]]);
});

test("a key of another tenant can be neither read nor revoked", { timeout: timeoutMs }, async () => {
  const key = keyOf(newTenantId(random), 100);
  await stores.apiKeys.create(key);
  const stranger = newTenantId(random);
  expect(await stores.apiKeys.read(stranger, key.id)).toBeUndefined();
  expect(await stores.apiKeys.revoke(stranger, key.id, 1)).toBeUndefined();
  expect(await stores.apiKeys.read(key.tenantId, key.id)).toEqual(key);
  expect(await stores.apiKeys.list(stranger)).toEqual([]);
});
