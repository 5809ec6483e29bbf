import { ManualClock } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { currentPriceBook, PriceBook } from "@caprock/metering";
import { expect, test } from "vitest";
import { checkPolicyModels } from "./check-policy-models.ts";

const clock = new ManualClock(Date.parse("2026-11-27T00:00:00Z"));
const parts = {
  catalog: createCatalog(allModels),
  region: "us-east-1",
  clock,
  priceBook: currentPriceBook(),
};
const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
const tenant = { inferenceProfiles: [{ arn: profile, sourceId: "us.amazon.nova-lite-v1:0", version: 1 }] };
const checked = (policy: { summariserModel?: string; embeddingModel?: string }, with_ = parts) =>
  checkPolicyModels(policy, "x-policy", tenant, with_)?.refused;

test("every embedding model with a price is taken, and none without one", () => {
  const ids = allModels.filter(({ modality }) => modality === "embedding").map(({ id }) => id);
  expect(ids).toContain("amazon.titan-embed-text-v2:0");
  for (const embeddingModel of ids) {
    expect(checked({ embeddingModel })).toBeUndefined();
    expect(checked({ embeddingModel }, { ...parts, priceBook: new PriceBook("empty", []) })).toMatchObject({
      code: "model_unpriced",
      param: "x-policy.embeddingModel",
    });
  }
});

test("a summariser may be named by an inference profile, AWS's own or the tenant's, and no other tenant's", () => {
  expect(checked({ summariserModel: "us.amazon.nova-lite-v1:0" })).toBeUndefined();
  expect(checked({ summariserModel: profile })).toBeUndefined();
  expect(checked({ summariserModel: profile.replace("abc", "other") })).toMatchObject({
    code: "invalid_request",
    param: "x-policy.summariserModel",
  });
});

test.each([
  [
    { summariserModel: "us.amazon.nova-lite-v1" },
    "summariserModel",
    'Did you mean "us.amazon.nova-lite-v1:0"?',
  ],
  [{ summariserModel: "cohere.embed-v4:0" }, "summariserModel", "is no chat model"],
  [{ embeddingModel: "no.such-model" }, "embeddingModel", "does not exist here"],
  [{ embeddingModel: "us.amazon.nova-lite-v1:0" }, "embeddingModel", "is no embedding model"],
  [{ embeddingModel: "cohere.rerank-v3-5:0" }, "embeddingModel", "is no embedding model"],
])("%j is refused by its place in the policy, with what would be right", (policy, member, what) => {
  const refused = checked(policy);
  expect(refused).toMatchObject({ code: "invalid_request", param: `x-policy.${member}` });
  expect(refused?.message).toMatch(new RegExp(`^x-policy\\.${member}: `));
  expect(refused?.message).toContain(what);
});
