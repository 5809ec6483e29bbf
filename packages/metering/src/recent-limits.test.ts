import { type LimitOverride, monthlyCapId, noPlatformLimits, requestsPerMinuteId } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { limitsOf } from "./limits.ts";
import { RecentLimits } from "./recent-limits.ts";
import { tenantWith } from "./testing/tenant-with.ts";

/** Six minutes around the end of a month in Kolkata. */
const instant = fc
  .integer({ min: 0, max: 6 * 60_000 })
  .map((afterMs) => Date.parse("2026-10-31T18:27:00Z") + afterMs);

const override = fc
  .record({
    id: fc.uuid(),
    limitId: fc.constantFrom(requestsPerMinuteId, monthlyCapId, "each-model"),
    amount: fc.bigInt(1n, 99n),
    fromMs: instant,
    lastsMs: fc.integer({ min: 1, max: 120_000 }),
  })
  .map(
    ({ lastsMs, ...members }): LimitOverride => ({
      ...members,
      untilMs: members.fromMs + lastsMs,
      author: "admin",
      reason: "test",
    }),
  );
const overrides = fc.array(override, { maxLength: 3 });
const rule = { id: "each-model", scope: "model", unit: "tokens", window: "day", amount: 7n } as const;

test("limits that are remembered are those that would be found anew, whatever ended or was edited meanwhile", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          nowMs: instant,
          bodyTookMs: fc.constantFrom(0, 0, 30_000),
          owner: fc.nat(2),
          platform: fc.nat(1),
          apiKeyId: fc.constantFrom("k1", "k2"),
          modelId: fc.constantFrom("m1", "m2"),
        }),
        { maxLength: 30 },
      ),
      fc.tuple(overrides, overrides, overrides),
      overrides,
      (calls, ofTenants, ofPlatform) => {
        const tenants = ofTenants.map((own, version) => ({
          ...tenantWith("t1", { rules: [rule], overrides: own, version }),
          timeZone: "Asia/Kolkata",
        }));
        const platforms = [noPlatformLimits, { ...noPlatformLimits, rules: [rule], overrides: ofPlatform }];
        const recent = new RecentLimits();
        for (const { owner, platform, nowMs, bodyTookMs, ...call } of calls) {
          const limited = {
            ...call,
            application: "default",
            tenant: tenants[owner]!,
            platform: platforms[platform]!,
            arrivedAtMs: nowMs - bodyTookMs,
            nowMs,
          };
          expect(recent.of(limited)).toEqual(limitsOf(limited));
        }
      },
    ),
  );
});

test("calls that are alike are given the very same limits, so that none is looked up twice", () => {
  const recent = new RecentLimits();
  const nowMs = Date.parse("2026-11-22T12:00:10Z");
  const call = {
    tenant: tenantWith("t1"),
    platform: noPlatformLimits,
    apiKeyId: "k1",
    application: "default",
    modelId: "m1",
  };
  const first = recent.of({ ...call, arrivedAtMs: nowMs, nowMs });
  expect(recent.of({ ...call, arrivedAtMs: nowMs + 9, nowMs: nowMs + 9 })).toBe(first);
  expect(recent.of({ ...call, arrivedAtMs: nowMs, nowMs: nowMs + 60_000 })).not.toBe(first);
});
