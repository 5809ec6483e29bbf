import { CaprockError, ManualClock, newTenantId, type Tenant } from "@caprock/domain";
import { systemRandom as random } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTenant } from "./create-tenant.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";
import { updateTenant } from "./update-tenant.ts";

const timeoutMs = 60_000;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

const parts = () => ({ ...stores, clock });
const create = (name: string): Promise<Tenant> =>
  createTenant(
    { name, monthlyCapNanoUsd: 50_000_000_000n, requestsPerMinute: 600, timeZone: "Asia/Kolkata" },
    parts(),
  );

test("admins who change different things at once all succeed", { timeout: timeoutMs }, async () => {
  const { id } = await create("Acme");
  await Promise.all([
    updateTenant(id, { name: "Acme Support" }, parts()),
    updateTenant(id, { monthlyCapNanoUsd: 70_000_000_000n }, parts()),
    updateTenant(id, { requestsPerMinute: 30 }, parts()),
    updateTenant(id, { status: "suspended" }, parts()),
  ]);
  expect(await stores.tenants.read(id)).toMatchObject({
    name: "Acme Support",
    status: "suspended",
    limits: { monthlyCapNanoUsd: 70_000_000_000n, requestsPerMinute: 30, version: 5 },
  });
});

test("who loses the race five times is told of the conflict, and nothing of the change is there", {
  timeout: timeoutMs,
}, async () => {
  const tenant = await create("Busy");
  const contended = {
    read: (id: string) => stores.tenants.read(id),
    replace: async (changed: Tenant) => {
      // Somebody else is always faster.
      await updateTenant(tenant.id, { requestsPerMinute: changed.limits.version }, parts());
      return stores.tenants.replace(changed);
    },
    create: () => Promise.reject(new Error("not used")),
    list: () => Promise.reject(new Error("not used")),
  };
  const lost = updateTenant(tenant.id, { name: "never" }, { ...parts(), tenants: contended });
  await expect(lost).rejects.toBeInstanceOf(CaprockError);
  await expect(lost).rejects.toMatchObject({ problem: { code: "conflict" } });
  expect(await stores.tenants.read(tenant.id)).toMatchObject({ name: "Busy", limits: { version: 6 } });
});

test("a tenant that does not exist is refused and not brought into being", {
  timeout: timeoutMs,
}, async () => {
  const id = newTenantId(random);
  expect(await updateTenant(id, { name: "ghost" }, parts())).toMatchObject({
    refused: { code: "not_found" },
  });
  expect(await stores.tenants.read(id)).toBeUndefined();
});
