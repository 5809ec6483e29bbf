import { type LimitRule, ManualClock, markupAt, overrideAt, type Tenant } from "@caprock/domain";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addOverride, type TenantOverride } from "./add-override.ts";
import { createTenant } from "./create-tenant.ts";
import { endOverride } from "./end-override.ts";
import type { NewOverride } from "./overrides.ts";
import { addPlatformOverride, endPlatformOverride, type PlatformOverride } from "./platform-overrides.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";
import { updatePlatformLimits } from "./update-platform-limits.ts";
import { updateTenant } from "./update-tenant.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");
const clock = new ManualClock(startMs);
const hourMs = 3_600_000;
const rule: LimitRule = { id: "bots", scope: "application", unit: "tokens", window: "day", amount: 10n };

let stores: OpenStores;
let tenant: Tenant;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());
beforeEach(async () => {
  clock.set(startMs);
  tenant = await createTenant(
    { name: "Acme", monthlyCapNanoUsd: 1_000n, requestsPerMinute: 600, timeZone: "UTC" },
    parts(),
  );
});

const parts = () => ({ ...stores, clock });
const update = (change: Parameters<typeof updateTenant>[1]) => updateTenant(tenant.id, change, parts());
const capFor = (over: Partial<NewOverride> = {}): NewOverride => ({
  limitId: "monthly-cap",
  unit: "nanoUsd",
  amount: 5_000n,
  untilMs: clock.now() + hourMs,
  reason: "launch",
  ...over,
});
const override = (over: Partial<NewOverride> = {}) => addOverride(tenant.id, capFor(over), parts());

test("rules, policy and markup are read back as they were set, and what is absent stays", {
  timeout: timeoutMs,
}, async () => {
  const overBudget = { kind: "fall-back", modelId: "vendor.cheap" } as const;
  await update({ rules: [rule], overBudget, markup: { basisPoints: 1_500 } });
  await update({ name: "Renamed" });
  expect(await stores.tenants.read(tenant.id)).toMatchObject({
    name: "Renamed",
    limits: { rules: [rule], overBudget, monthlyCapNanoUsd: 1_000n, version: 3 },
    markups: [{ fromMs: startMs, basisPoints: 1_500 }],
  });
});

test("who read an older version is told, and the newer rules stand", { timeout: timeoutMs }, async () => {
  await update({ rules: [rule], version: 1 });
  expect(await update({ rules: [], version: 1 })).toMatchObject({ refused: { code: "conflict" } });
  expect(await update({ rules: [], version: 2 })).toMatchObject({ limits: { rules: [] } });
});

test("a wrong rule or markup changes nothing and is told of nowhere", { timeout: timeoutMs }, async () => {
  const wrong = [
    await update({ name: "never", rules: [{ ...rule, of: "no#" }] }),
    await update({ name: "never", markup: { basisPoints: -10_000 } }),
    await update({ name: "never", markup: { basisPoints: 1, fromMs: startMs - 1 } }),
  ];
  expect(wrong.map((one) => "refused" in one && one.refused.param)).toEqual([
    "rules[0].of",
    "markup.basisPoints",
    "markup.from",
  ]);
  expect(await stores.tenants.read(tenant.id)).toEqual(tenant);
  expect(await stores.audit.page(tenant.id, { limit: 9 })).toHaveLength(1);
});

test("a markup holds from its instant on, and a later edit replaces what was planned from then on", {
  timeout: timeoutMs,
}, async () => {
  await update({ markup: { basisPoints: 100 } });
  await update({ markup: { basisPoints: 200, fromMs: startMs + hourMs } });
  const planned = (await update({ markup: { basisPoints: 300, fromMs: startMs + 2 * hourMs } })) as Tenant;
  const at = (of: Tenant) => [0, 1, 2].map((hours) => markupAt(of, startMs + hours * hourMs));
  expect(at(planned)).toEqual([100, 200, 300]);
  expect(at((await update({ markup: { basisPoints: 0, fromMs: startMs + hourMs } })) as Tenant)).toEqual([
    100, 0, 0,
  ]);
});

test("an override holds from its beginning to its end, names its author, and the last one counts", {
  timeout: timeoutMs,
}, async () => {
  await override({ amount: 2_000n, untilMs: startMs + 3 * hourMs });
  await override({ amount: 3_000n, fromMs: startMs + hourMs, untilMs: startMs + 2 * hourMs });
  const { limits } = (await stores.tenants.read(tenant.id))!;
  const amountAt = (ms: number) => overrideAt(limits.overrides, "monthly-cap", startMs + ms)?.amount;
  expect(
    [-1, 0, hourMs - 1, hourMs, 2 * hourMs - 1, 2 * hourMs, 3 * hourMs - 1, 3 * hourMs].map(amountAt),
  ).toEqual([undefined, 2_000n, 2_000n, 3_000n, 3_000n, 2_000n, 2_000n, undefined]);
  expect(limits.overrides.every(({ author, reason }) => author === "tester" && reason === "launch")).toBe(
    true,
  );
});

test("an override that is over is dropped at the next edit, one that is not stays", {
  timeout: timeoutMs,
}, async () => {
  await override({ untilMs: startMs + 1 });
  const { override: live } = (await override()) as TenantOverride;
  clock.advance(1);
  expect(await update({ name: "edited" })).toMatchObject({ limits: { overrides: [live] } });
});

test.each<[string, Partial<NewOverride>, string]>([
  ["a limit that is not there", { limitId: "nothing" }, "limitId"],
  ["another unit than the limit's", { unit: "tokens" }, "unit"],
  ["a negative amount", { amount: -1n }, "amount"],
  ["no reason", { reason: " " }, "reason"],
  ["a beginning in the past", { fromMs: startMs - 1 }, "from"],
  ["an end that is now", { untilMs: startMs }, "until"],
  ["an end before the beginning", { fromMs: startMs + hourMs, untilMs: startMs + 1 }, "until"],
])("an override with %s is refused by its member", { timeout: timeoutMs }, async (_, over, param) => {
  expect(await override(over)).toMatchObject({ refused: { code: "invalid_request", param } });
});

test("a tenant has at most fifty overrides that are not over", { timeout: timeoutMs }, async () => {
  const { limits } = tenant;
  const live = Array.from({ length: 50 }, (_, index) => ({
    id: `o${index}`,
    limitId: "monthly-cap",
    amount: 1n,
    fromMs: startMs,
    untilMs: startMs + 1 + index,
    author: "tester",
    reason: "many",
  }));
  await stores.tenants.replace({ ...tenant, limits: { ...limits, overrides: live, version: 2 } });
  expect(await override()).toMatchObject({ refused: { param: "limitId" } });
  clock.advance(1);
  expect(await override()).toHaveProperty("override");
});

test("an override is ended once, before its time or before it began", { timeout: timeoutMs }, async () => {
  const { override: added } = (await override({
    fromMs: startMs + hourMs,
    untilMs: startMs + 2 * hourMs,
  })) as TenantOverride;
  expect(await endOverride(tenant.id, added.id, parts())).toMatchObject({ override: added });
  expect(await endOverride(tenant.id, added.id, parts())).toMatchObject({ refused: { code: "not_found" } });
  expect(await stores.tenants.read(tenant.id)).toMatchObject({ limits: { overrides: [] } });
});

test("an override goes with its limit, and with a limit that counts something else from now on", {
  timeout: timeoutMs,
}, async () => {
  await update({ rules: [rule, { ...rule, id: "gone", unit: "requests" }] });
  await override({ limitId: "bots", unit: "tokens" });
  await override({ limitId: "gone", unit: "requests" });
  const cap = (await override()) as TenantOverride;
  const kept = (await update({ rules: [{ ...rule, amount: 20n }] })) as Tenant;
  expect(kept.limits.overrides.map(({ limitId }) => limitId)).toEqual(["bots", "monthly-cap"]);
  expect(await update({ rules: [{ ...rule, unit: "nanoUsd" }] })).toMatchObject({
    limits: { overrides: [cap.override] },
  });
});

test("the platform's limits are replaced as a whole by who read the present version, and overridden for a while", {
  timeout: timeoutMs,
}, async () => {
  const rules: LimitRule[] = [{ id: "all", scope: "platform", unit: "nanoUsd", window: "day", amount: 9n }];
  const seen = await stores.platformLimits.read();
  expect(seen).toEqual({ rules: [], overrides: [], timeZone: "UTC", version: 0 });
  const wanted = { rules, timeZone: "Asia/Kolkata", version: 0 };
  const both = await Promise.all(
    ["Asia/Kolkata", "UTC"].map((timeZone) => updatePlatformLimits({ ...wanted, timeZone }, parts())),
  );
  expect(both.filter((one) => "refused" in one && one.refused.code === "conflict")).toHaveLength(1);
  expect(await updatePlatformLimits({ ...wanted, rules: [{ ...rule }], version: 1 }, parts())).toMatchObject({
    refused: { param: "rules[0].scope" },
  });
  const { override: added } = (await addPlatformOverride(
    capFor({ limitId: "all" }),
    parts(),
  )) as PlatformOverride;
  expect(await stores.platformLimits.read()).toEqual({
    rules,
    overrides: [added],
    timeZone: expect.any(String),
    version: 2,
  });
  expect(await endPlatformOverride(added.id, parts())).toMatchObject({
    limits: { overrides: [], version: 3 },
  });
  expect(await endPlatformOverride(added.id, parts())).toMatchObject({ refused: { code: "not_found" } });
});
