import { ManualClock, type Tenant } from "@caprock/domain";
import { systemRandom as random } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addOverride, type TenantOverride } from "./add-override.ts";
import { type ChainedEntry, hashOf, readEntry } from "./audit-chain.ts";
import { createTenant } from "./create-tenant.ts";
import { endOverride } from "./end-override.ts";
import { issueApiKey } from "./issue-api-key.ts";
import { recordChange } from "./record-change.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { MemoryAuditLog } from "./testing/memory-audit-log.ts";
import { type OpenStores, openStores, prefix } from "./testing/open-stores.ts";
import { updateTenant } from "./update-tenant.ts";
import { verifyAuditChain } from "./verify-audit-chain.ts";

const timeoutMs = 120_000;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
const chain = "t0123456789ab";
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
beforeEach(() => stores.awsLocal.clearFaults());
afterAll(() => stores.close());

const told = (target: string) => ({ action: "tenant.update", target, change: { name: target } }) as const;

async function chainOf(count: number): Promise<MemoryAuditLog> {
  const audit = new MemoryAuditLog();
  for (let index = 1; index <= count; index += 1) {
    await recordChange(chain, told(`change ${index}`), { audit, clock, random, actor: "admin" });
  }
  return audit;
}

test(
  "however the steps of many admins interleave, each change is told once and the chain is whole",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 8 }), async (scheduler, admins) => {
        const audit = new MemoryAuditLog(scheduler.scheduleFunction(() => Promise.resolve()));
        const names = Array.from({ length: admins }, (_, index) => `admin ${index}`);
        await scheduler.waitFor(
          Promise.all(
            names.map((actor) => recordChange(chain, told(actor), { audit, clock, random, actor })),
          ),
        );
        const entries = (await audit.page(chain, { limit: 100 })).map((entry) => readEntry(entry));
        expect(entries.map((entry) => entry?.sequence)).toEqual(names.map((_, index) => admins - index));
        expect(entries.map((entry) => entry?.actor).sort()).toEqual(names);
        expect(await verifyAuditChain(chain, { audit })).toMatchObject({ intactEntries: admins });
        expect(await verifyAuditChain(chain, { audit })).not.toHaveProperty("firstBroken");
      }),
      { numRuns: 200 },
    );
  },
  timeoutMs,
);

/** What someone may do to the table. Each says which entry must be named, of those that it was done to. */
const tamperings: Record<string, (entries: Map<number, ChainedEntry>, at: number, other: number) => number> =
  {
    "an entry's text is changed": (entries, at) => {
      const entry = entries.get(at)!;
      entries.set(at, { ...entry, text: entry.text.replace("change ", "chance ") });
      return at;
    },
    "an entry's hash is changed": (entries, at) => {
      const entry = entries.get(at)!;
      entries.set(at, { ...entry, hash: hashOf(entry.hash) });
      return at;
    },
    "an entry is changed and hashed again": (entries, at) => {
      const text = entries.get(at)!.text.replace("change ", "chance ");
      entries.set(at, { sequence: at, text, hash: hashOf(text) });
      // The next entry no longer follows it; the last one is not the head that was confirmed.
      return entries.has(at + 1) ? at + 1 : at;
    },
    "an entry is removed": (entries, at) => {
      entries.delete(at);
      return at;
    },
    "all entries from one on are removed": (entries, at) => {
      for (const sequence of [...entries.keys()].filter((sequence) => sequence >= at)) {
        entries.delete(sequence);
      }
      return at;
    },
    "two entries change places": (entries, at, other) => {
      const [one, two] = [entries.get(at)!, entries.get(other)!];
      entries.set(at, two);
      entries.set(other, one);
      return Math.min(at, other);
    },
    "an entry is replaced by another one": (entries, at, other) => {
      entries.set(at, entries.get(other)!);
      return at;
    },
    "an entry that is removed is closed up over": (entries, at) => {
      const last = Math.max(...entries.keys());
      for (let sequence = at; sequence < last; sequence += 1) {
        entries.set(sequence, entries.get(sequence + 1)!);
      }
      entries.delete(last);
      return at;
    },
    "something that is no entry is put in": (entries, at) => {
      entries.set(at, { sequence: at, text: "{}", hash: hashOf("{}") });
      return at;
    },
  };

test.each(Object.keys(tamperings))("%s: the first entry that is wrong is named", async (name) => {
  const sizes = fc.integer({ min: 2, max: 12 });
  const places = sizes.chain((size) =>
    fc.tuple(
      fc.constant(size),
      fc.uniqueArray(fc.integer({ min: 1, max: size }), { minLength: 2, maxLength: 2 }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(places, async ([size, [at = 1, other = 2]]) => {
      const audit = await chainOf(size);
      const broken = tamperings[name]!(audit.kept.get(chain)!, at, other);
      const report = await verifyAuditChain(chain, { audit });
      expect(report.firstBroken?.sequence).toBe(broken);
      expect(report.intactEntries).toBe(broken - 1);
    }),
    { numRuns: 60 },
  );
});

test("an entry of another chain does not pass, not even where it would follow", async () => {
  const audit = await chainOf(1);
  await recordChange("platform", told("other"), { audit, clock, random, actor: "admin" });
  audit.kept.set(chain, audit.kept.get("platform")!);
  audit.heads.set(chain, audit.heads.get("platform")!);
  expect(await verifyAuditChain(chain, { audit })).toMatchObject({
    firstBroken: { sequence: 1, fault: "misplaced" },
  });
});

test("an entry that was added but not confirmed, as by a crash, belongs to the chain, and the next one confirms it", async () => {
  const audit = await chainOf(2);
  const [last, before] = await audit.page(chain, { limit: 2 });
  audit.heads.set(chain, before!);
  expect(await verifyAuditChain(chain, { audit })).toEqual({
    intactEntries: 2,
    head: { sequence: 2, hash: last!.hash },
  });
  await recordChange(chain, told("next"), { audit, clock, random, actor: "admin" });
  expect(audit.heads.get(chain)?.sequence).toBe(3);
});

test("a hash is SHA-256, in hex", () => {
  expect(hashOf("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

/** Every verb that changes a tenant, at once, by three admins; some lose a race and say so. */
async function changeAtOnce(tenant: Tenant, verbs: readonly number[]): Promise<void> {
  const parts = (index: number) => ({ ...stores, clock, actor: `admin ${index % 3}` });
  const { apiKey } = await issueApiKey(tenant.id, { name: "key" }, parts(0));
  const { override } = (await addOverride(tenant.id, overrideOf(0), parts(0))) as TenantOverride;
  const all = [
    (index: number) => updateTenant(tenant.id, { monthlyCapNanoUsd: BigInt(index) }, parts(index)),
    (index: number) => addOverride(tenant.id, overrideOf(index), parts(index)),
    (index: number) => endOverride(tenant.id, override.id, parts(index)),
    (index: number) => issueApiKey(tenant.id, { name: `key ${index}` }, parts(index)),
    (index: number) => rotateApiKey(tenant.id, apiKey.id, 60, parts(index)),
    (index: number) => revokeApiKey(tenant.id, apiKey.id, parts(index)),
  ];
  await Promise.allSettled(verbs.map((verb, index) => all[verb % all.length]?.(index)));
}

const overrideOf = (index: number) => ({
  limitId: "monthly-cap",
  unit: "nanoUsd" as const,
  amount: BigInt(index),
  untilMs: clock.now() + 60_000,
  reason: `reason ${index}`,
});

const newTenant = () =>
  createTenant(
    { name: "\ud800 Acme", monthlyCapNanoUsd: 1n, requestsPerMinute: 1, timeZone: "UTC" },
    { ...stores, clock },
  );

test(
  "in DynamoDB, verbs of several admins at once leave a whole chain, and every version that stands is told of",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { minLength: 4, maxLength: 10 }), async (verbs) => {
        const tenant = await newTenant();
        await changeAtOnce(tenant, verbs);
        const { audit } = stores;
        const report = await verifyAuditChain(tenant.id, { audit });
        expect(report).not.toHaveProperty("firstBroken");
        expect(report.head?.sequence).toBe(report.intactEntries);
        const entries = (await audit.page(tenant.id, { limit: 1000 })).map((entry) => readEntry(entry)!);
        expect(entries).toHaveLength(report.intactEntries);
        const versions = new Set(entries.map(({ change }) => change.version));
        const stored = (await stores.tenants.read(tenant.id))!;
        for (let version = 1; version <= stored.limits.version; version += 1) {
          expect(versions).toContain(version);
        }
      }),
      { numRuns: 4 },
    );
  },
  timeoutMs,
);

test.each([
  ["PutItem", "audit"],
  ["UpdateItem", "audit"],
  ["PutItem", "tenancy"],
] as const)(
  "when the answer of %s on %s is lost, a change is told and made once",
  async (operation, table) => {
    const tenant = await newTenant();
    stores.awsLocal.addFault({
      service: "dynamodb",
      kind: "lostAnswer",
      operation,
      table: `${prefix}-${table}`,
      count: 1,
    });
    await addOverride(tenant.id, overrideOf(1), { ...stores, clock });
    const stored = await stores.tenants.read(tenant.id);
    expect(stored?.limits).toMatchObject({ version: 2, overrides: [{ reason: "reason 1" }] });
    expect(await verifyAuditChain(tenant.id, stores)).toMatchObject({
      intactEntries: 2,
      head: { sequence: 2 },
    });
  },
  timeoutMs,
);

test(
  "a change whose entry cannot be written is not made",
  async () => {
    const tenant = await newTenant();
    stores.awsLocal.addFault({
      service: "dynamodb",
      kind: "error",
      operation: "PutItem",
      table: `${prefix}-audit`,
      count: 100,
    });
    await expect(updateTenant(tenant.id, { name: "never" }, { ...stores, clock })).rejects.toThrow();
    expect(await stores.tenants.read(tenant.id)).toEqual(tenant);
  },
  timeoutMs,
);
