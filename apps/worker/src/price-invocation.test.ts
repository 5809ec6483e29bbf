import { ManualClock, newRequestId, type Tenant } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { currentPriceBook, type LoggedInvocation } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { expect, test } from "vitest";
import { priceInvocation } from "./price-invocation.ts";

const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
const tenant: Tenant = {
  id: "t000000000001",
  name: "Acme",
  status: "active",
  timeZone: "UTC",
  limits: {
    monthlyCapNanoUsd: 1n,
    requestsPerMinute: 1,
    rules: [],
    overrides: [],
    overBudget: { kind: "refuse" },
    version: 1,
  },
  markups: [],
  demo: false,
  createdAtMs: 0,
};
const tenantsOf = (...tenants: Tenant[]) => ({
  read: async (id: string) => tenants.find((one) => one.id === id),
});
const parts = {
  tenants: tenantsOf(tenant),
  catalog: createCatalog(allModels),
  priceBook: currentPriceBook(),
  clock,
  region: "us-east-1",
};

function logged(more: Partial<LoggedInvocation> = {}): LoggedInvocation {
  return {
    awsRequestId: "aws-1",
    requestId: newRequestId(clock, systemRandom),
    tenantId: "t000000000001",
    apiKeyId: "k000000000001",
    wire: "openai.chat",
    application: "chat",
    invokedId: "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    serviceTier: "default",
    usage: { input: 1_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 100 },
    ...more,
  };
}

test("a logged call is priced as the route it was invoked by, in the month it arrived in", async () => {
  // 1,000 x $1 + 100 x $5 a million tokens: the same figures as the API's own receipt of such a call.
  const invocation = logged();
  expect(await priceInvocation(invocation, "failed", parts)).toMatchObject({
    requestId: invocation.requestId,
    application: "chat",
    modelId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    costNanoUsd: 1_500_000n,
    status: "failed",
    estimated: false,
    arrivedAtMs: clock.now(),
  });
  // The US profile costs 10 % more than the global one.
  const us = logged({ invokedId: "us.anthropic.claude-haiku-4-5-20251001-v1:0" });
  expect(await priceInvocation(us, "aborted", parts)).toMatchObject({ costNanoUsd: 1_650_000n });
});

test("a tier without a price is billed as the default one: the call was served", async () => {
  expect(await priceInvocation(logged({ serviceTier: "reserved" }), "aborted", parts)).toMatchObject({
    costNanoUsd: 1_500_000n,
    serviceTier: "default",
  });
});

test("the markup that held when the call arrived is charged", async () => {
  const marked = {
    ...tenant,
    markups: [
      { fromMs: 0, basisPoints: 1_500 },
      { fromMs: clock.now() + 1, basisPoints: 9_000 },
    ],
  };
  expect(await priceInvocation(logged(), "aborted", { ...parts, tenants: tenantsOf(marked) })).toMatchObject({
    listCostNanoUsd: 1_500_000n,
    costNanoUsd: 1_725_000n,
    markupBasisPoints: 1_500,
  });
});

test("a model that is not in the catalog, and a tenant that is gone, have no entry", async () => {
  expect(await priceInvocation(logged({ invokedId: "gone.model-v1" }), "aborted", parts)).toBeUndefined();
  expect(await priceInvocation(logged(), "aborted", { ...parts, tenants: tenantsOf() })).toBeUndefined();
});
