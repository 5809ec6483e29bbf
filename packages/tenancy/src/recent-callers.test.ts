import { ManualClock } from "@caprock/domain";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticate } from "./authenticate.ts";
import { createTenant } from "./create-tenant.ts";
import { issueApiKey } from "./issue-api-key.ts";
import { callerCopyMaxAgeMs, RecentCallers } from "./recent-callers.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";
import { updateTenant } from "./update-tenant.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");

let stores: OpenStores;
beforeAll(async () => {
  stores = await openStores();
}, timeoutMs);
afterAll(() => stores.close());

async function scene() {
  const clock = new ManualClock(startMs);
  const parts = { ...stores, clock };
  const limits = { monthlyCapNanoUsd: 1_000n, requestsPerMinute: 10, timeZone: "UTC" };
  const tenant = await createTenant({ name: "Acme", ...limits }, parts);
  const { apiKey, text } = await issueApiKey(tenant.id, { name: "production" }, parts);
  let reads = 0;
  const recent = new RecentCallers(clock);
  const counted = {
    read: (...id: Parameters<typeof stores.apiKeys.read>) => {
      reads += 1;
      return stores.apiKeys.read(...id);
    },
  };
  return {
    clock,
    parts,
    tenant,
    apiKey,
    text,
    recent,
    reads: () => reads,
    present: (key = text) => authenticate(key, { tenants: stores.tenants, apiKeys: counted, clock, recent }),
    presentAnew: (key = text) => authenticate(key, parts),
  };
}

test("a busy key is read once a second", { timeout: timeoutMs }, async () => {
  const { present, clock, reads } = await scene();
  for (let call = 0; call < 20; call += 1) {
    expect(await present()).toHaveProperty("apiKey");
    clock.advance(100);
  }
  expect(reads()).toBe(2);
});

test("a key that another process revoked is refused a second later at the latest, here at once", {
  timeout: timeoutMs,
}, async () => {
  const { present, clock, recent, parts, tenant, apiKey } = await scene();
  await present();
  await revokeApiKey(tenant.id, apiKey.id, parts);
  clock.advance(callerCopyMaxAgeMs - 1);
  expect(await present()).toHaveProperty("apiKey");
  clock.advance(1);
  expect(await present()).toMatchObject({ refused: { code: "revoked_api_key" } });

  const here = await scene();
  await here.present();
  await revokeApiKey(here.tenant.id, here.apiKey.id, here.parts);
  here.recent.forget();
  expect(await here.present()).toMatchObject({ refused: { code: "revoked_api_key" } });
  expect(recent.find(tenant.id, apiKey.id)).toBeDefined();
});

test("what is read while an admin changes it is not kept", { timeout: timeoutMs }, async () => {
  const { recent, tenant, apiKey } = await scene();
  await recent.keep(async () => {
    recent.forget();
    return { tenant, apiKey };
  });
  expect(recent.find(tenant.id, apiKey.id)).toBeUndefined();
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("call" as const), key: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(1_500) }) },
  fc.record({ kind: fc.constantFrom("rotate" as const, "suspend" as const, "resume" as const) }),
  fc.record({ kind: fc.constant("revoke" as const) }),
);

test("whoever a copy lets in was good within the last second, and whoever is refused is no good now", {
  timeout: timeoutMs,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), async (steps) => {
      const { clock, parts, tenant, apiKey, text, present, presentAnew } = await scene();
      const texts = [text];
      /** Until when each secret was good: only the steps change that, and each is looked at before it. */
      const goodUntilMs: number[] = [];
      const look = async () => {
        for (const [index, key] of texts.entries()) {
          if (!("refused" in (await presentAnew(key)))) {
            goodUntilMs[index] = clock.now();
          }
        }
      };
      for (const next of steps) {
        await look();
        if (next.kind === "wait") {
          clock.advance(next.ms);
        } else if (next.kind === "call") {
          const index = next.key % texts.length;
          const answer = await present(texts[index]);
          if ("refused" in answer) {
            expect(await presentAnew(texts[index])).toEqual(answer);
          } else {
            expect(clock.now() - (goodUntilMs[index] ?? 0)).toBeLessThan(callerCopyMaxAgeMs);
          }
        } else if (next.kind === "rotate") {
          const rotated = await rotateApiKey(tenant.id, apiKey.id, 0, parts);
          texts.push(...("refused" in rotated ? [] : [rotated.text]));
        } else if (next.kind === "revoke") {
          await revokeApiKey(tenant.id, apiKey.id, parts);
        } else {
          const status = next.kind === "suspend" ? "suspended" : "active";
          await updateTenant(tenant.id, { status }, parts);
        }
      }
    }),
    { numRuns: 20 },
  );
});
