import fc from "fast-check";
import { expect, test } from "vitest";
import { type ContextPolicy, contextStrategies, narrowedPolicy } from "./context-policy.ts";

const policy: fc.Arbitrary<ContextPolicy> = fc.record(
  {
    strategy: fc.constantFrom(...contextStrategies),
    windowTokens: fc.integer({ min: 1_000, max: 2_000_000 }),
    recallShare: fc.double({ min: 0, max: 1, noNaN: true }),
    keepToolResults: fc.integer({ min: 1, max: 1_000 }),
  },
  { requiredKeys: [] },
);

test("a request never gets a larger window than its tenant, and has everything else as it wants it", () => {
  fc.assert(
    fc.property(policy, policy, (tenant, request) => {
      const { windowTokens = Number.POSITIVE_INFINITY, ...rest } = narrowedPolicy(tenant, request);
      expect(windowTokens).toBeLessThanOrEqual(tenant.windowTokens ?? Number.POSITIVE_INFINITY);
      expect(windowTokens).toBeLessThanOrEqual(request.windowTokens ?? Number.POSITIVE_INFINITY);
      const { windowTokens: _of, ...chosen } = { ...tenant, ...request };
      expect(rest).toEqual(chosen);
    }),
  );
});
