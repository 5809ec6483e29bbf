import { AdminApiError } from "@caprock/contract";
import { expect, it } from "vitest";
import { contextPolicyRules, placePolicyRefusal, policyOf, valuesOf } from "./context-policy-form.ts";

it.each([
  {},
  { strategy: "summarise", windowTokens: 4_000, cachePoints: true, memory: true },
  {
    recallShare: 0.07,
    summaryShare: 0,
    memoriesShare: 0.2,
    documentsShare: 0.5,
    summariserModel: "us.amazon.nova-lite-v1:0",
    embeddingModel: "cohere.embed-v4:0",
    keepToolResults: 3,
  },
] as const)("shows the policy %j, and means the same when nothing was changed", (policy) => {
  expect(policyOf(valuesOf(policy))).toEqual(policy);
});

it("leaves out what is empty, so that the default counts", () => {
  expect(policyOf({ ...valuesOf({ windowTokens: 4_000 }), windowTokens: "", summariserModel: " " })).toEqual(
    {},
  );
});

it.each([999, 1.5, -1, "x"])("does not take %s as a window", (typed) => {
  expect(contextPolicyRules.windowTokens(typed)).not.toBeNull();
});

it("shows a refusal at the field that the API named, and under the form otherwise", () => {
  const refused = (param: string) =>
    new AdminApiError(400, "invalid_request", `${param}: no such model`, param);
  expect(placePolicyRefusal(refused("contextPolicy.summariserModel"))).toEqual({
    field: "summariserModel",
    message: "no such model",
  });
  expect(placePolicyRefusal(refused("contextPolicy.recallShare")).field).toBe("recallPercent");
  expect(placePolicyRefusal(refused("version"))).toEqual({
    field: undefined,
    message: "version: no such model",
  });
});
