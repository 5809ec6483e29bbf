import fc from "fast-check";
import { expect, test } from "vitest";
import { type ContextPolicy, contextStrategies, narrowedPolicy } from "./context-policy.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const policy: fc.Arbitrary<ContextPolicy> = fc.record(
  {
    strategy: fc.constantFrom(...contextStrategies),
    windowTokens: fc.integer({ min: 1_000, max: 2_000_000 }),
    recallShare: share,
    summaryShare: share,
    memoriesShare: share,
    documentsShare: share,
    summariserModel: fc.constantFrom("cheap", "dear"),
    embeddingModel: fc.constantFrom("small", "large"),
    keepToolResults: fc.integer({ min: 1, max: 1_000 }),
    cachePoints: fc.boolean(),
    memory: fc.boolean(),
  },
  { requiredKeys: [] },
);

test("a request never gets a larger window, another summariser, another embedding model or memory that its tenant has not, and has everything else as it wants it", () => {
  fc.assert(
    fc.property(policy, policy, (tenant, request) => {
      const {
        windowTokens = Number.POSITIVE_INFINITY,
        summariserModel,
        embeddingModel,
        memory,
        ...rest
      } = narrowedPolicy(tenant, request);
      expect(windowTokens).toBeLessThanOrEqual(tenant.windowTokens ?? Number.POSITIVE_INFINITY);
      expect(windowTokens).toBeLessThanOrEqual(request.windowTokens ?? Number.POSITIVE_INFINITY);
      expect(summariserModel).toBe(tenant.summariserModel ?? request.summariserModel);
      expect(embeddingModel).toBe(tenant.embeddingModel ?? request.embeddingModel);
      expect(memory).toBe(tenant.memory === true && request.memory !== false);
      const {
        windowTokens: _of,
        summariserModel: _by,
        embeddingModel: _with,
        memory: _if,
        ...chosen
      } = { ...tenant, ...request };
      expect(rest).toEqual(chosen);
    }),
  );
});
