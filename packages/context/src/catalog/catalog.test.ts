import type { ModelRoute, Refusal } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allModels } from "./all-models.ts";
import { callableIds, createCatalog } from "./catalog.ts";
import { findModel } from "./find-model.ts";

const catalog = createCatalog(allModels);
const region = "us-east-1";

function routed(id: string): ModelRoute {
  const route = catalog.route(id, region);
  if ("refused" in route) {
    throw new Error(route.refused.message);
  }
  return route;
}

function refused(id: string): Refusal["refused"] {
  const route = catalog.route(id, region);
  if (!("refused" in route)) {
    throw new Error(`${id} was routed`);
  }
  return route.refused;
}

test("a bare id runs in the Region, a global profile anywhere, any other profile in its geography", () => {
  expect(routed("amazon.nova-pro-v1:0")).toMatchObject({ scope: "region", invokeId: "amazon.nova-pro-v1:0" });
  expect(routed("amazon.nova-pro-v1:0").profile).toBeUndefined();
  expect(routed("global.anthropic.claude-opus-5-5")).toMatchObject({ scope: "global", profile: "global" });
  expect(routed("apac.amazon.nova-pro-v1:0")).toMatchObject({
    scope: "geo",
    profile: "apac",
    invokeId: "apac.amazon.nova-pro-v1:0",
    model: { id: "amazon.nova-pro-v1:0" },
  });
});

test("a model is found by its bare id, by every id that it is callable by and by their ARNs, and by no other", () => {
  for (const model of allModels) {
    for (const id of [model.id, ...callableIds(model)]) {
      expect(findModel(id)).toBe(model);
      expect(findModel(`arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${id}`)).toBe(model);
    }
  }
  for (const id of ["", "claude", "mars.anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5.us"]) {
    expect(findModel(id)).toBeUndefined();
  }
});

test("every id that a model says it is callable by leads to that model", () => {
  for (const model of catalog.list()) {
    for (const id of callableIds(model)) {
      expect(routed(id).model).toBe(model);
      expect(routed(id).invokeId).toBe(id);
    }
  }
});

test("an ARN routes like the id in it, and is what Bedrock is asked for", () => {
  const foundation = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";
  expect(routed(foundation)).toMatchObject({ scope: "region", invokeId: foundation });
  const profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-5-5";
  expect(routed(profile)).toMatchObject({
    scope: "geo",
    profile: "us",
    invokeId: profile,
    model: { id: "anthropic.claude-haiku-5-5" },
  });
});

test("a model that needs a profile names the profile ids to use, bare or as an ARN", () => {
  for (const id of [
    "anthropic.claude-sonnet-5-5",
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5-5",
  ]) {
    const { code, message } = refused(id);
    expect(code).toBe("model_not_found");
    expect(message).toContain("global.anthropic.claude-sonnet-5-5, us.anthropic.claude-sonnet-5-5");
  }
});

test.each([
  ["claude-haiku-5.5", "us.anthropic.claude-haiku-5-5"],
  ["amazon.nova-prp-v1:0", "amazon.nova-pro-v1:0"],
  ["us.anthropic.claude-opus-55", "us.anthropic.claude-opus-5-5"],
])("%s is answered with a close id", (id, suggestion) => {
  expect(refused(id).message).toContain(`Did you mean "${suggestion}"?`);
});

test.each([
  "",
  "gpt-4o",
  "us.",
  ".amazon.nova-pro-v1:0",
  "global.amazon.nova-pro-v1:0",
  "eu.anthropic.claude-fable-5-1",
  "us.us.amazon.nova-pro-v1:0",
  "anthropic.claude-3-haiku-20240307-v1:0",
  "arn:aws:bedrock:us-east-1::foundation-model/",
  "arn:aws:bedrock:us-east-1::foundation-model/us.amazon.nova-pro-v1:0",
  "arn:aws:bedrock:us-east-1:123456789012:inference-profile/amazon.nova-pro-v1:0",
  "arn:aws:bedrock:us-east-1:123456789012:foundation-model/amazon.nova-pro-v1:0",
  "arn:aws:bedrock:us-east-1::inference-profile/us.amazon.nova-pro-v1:0",
  "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
  "arn:aws:s3:::bucket",
  "__proto__",
  "constructor",
])("%j is refused as an unknown model", (id) => {
  expect(refused(id)).toMatchObject({ code: "model_not_found", param: "model" });
  expect(refused(id).message).toContain("GET /v1/models");
});

test("an ARN of another Region is refused with both Regions named", () => {
  const { message } = refused("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0");
  expect(message).toContain("eu-west-1");
  expect(message).toContain("us-east-1");
});

test("no id, however strange or long, throws or makes a long message", () => {
  expect(refused("x".repeat(100_000)).message.length).toBeLessThan(400);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 150 }), (id) => {
      const route = catalog.route(id, region);
      expect("refused" in route && route.refused.message.length < 400).toBe(true);
    }),
  );
});

test("a catalog in which one id means two models is not built", () => {
  const [model] = allModels;
  expect(() => createCatalog([model!, model!])).toThrow(RangeError);
});

test("output never exceeds the window, and streamed tools are never claimed without tools", () => {
  for (const model of allModels) {
    expect(model.maxOutputTokens).toBeLessThanOrEqual(model.contextWindowTokens);
    expect(model.supports.toolsWhileStreaming && !model.supports.tools).toBe(false);
    expect(model.modality === "chat").toBe(model.maxOutputTokens > 0);
  }
});
