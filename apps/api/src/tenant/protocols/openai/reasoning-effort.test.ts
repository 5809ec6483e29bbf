import { allModels } from "@caprock/inference";
import { expect, test } from "vitest";
import type { ConverseBody } from "../converse-json.ts";
import { type ReasoningEffort, withReasoningEffort } from "./reasoning-effort.ts";

const modelOf = (id: string) => allModels.find((model) => model.id === id)!;
const plain: ConverseBody = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
const map = (id: string, effort: ReasoningEffort, body: ConverseBody = plain) =>
  withReasoningEffort(body, effort, { model: modelOf(id), param: "reasoning_effort" });
const forced: ConverseBody = { ...plain, toolConfig: { tools: [], toolChoice: { any: {} } } };

test.each([
  ["anthropic.claude-opus-5", "high", { output_config: { effort: "high" }, thinking: { type: "adaptive" } }],
  [
    "anthropic.claude-opus-5",
    "minimal",
    { output_config: { effort: "low" }, thinking: { type: "adaptive" } },
  ],
  ["amazon.nova-2-lite-v1:0", "low", { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } }],
  ["openai.gpt-oss-120b-1:0", "medium", { reasoning_effort: "medium" }],
] as const)("%s is told %s in its vendor's own fields, without a warning", (id, effort, fields) => {
  expect(map(id, effort)).toEqual({ body: { ...plain, additionalModelRequestFields: fields }, warnings: [] });
});

test("a budget is a share of the answer's room, which is then stated, so that the cost is bounded", () => {
  expect(map("anthropic.claude-haiku-4-5-20251001-v1:0", "medium")).toMatchObject({
    body: {
      inferenceConfig: { maxTokens: 16_384 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 8_192 } },
    },
  });
});

test("a room that is smaller than the least budget is refused by name", () => {
  const small = { ...plain, inferenceConfig: { maxTokens: 500 } };
  expect(map("anthropic.claude-haiku-4-5-20251001-v1:0", "low", small)).toMatchObject({
    refused: { code: "invalid_request", param: "reasoning_effort" },
  });
});

test.each([
  ["amazon.nova-2-lite-v1:0", "high", "reasoning_effort is taken as medium"],
  ["openai.gpt-oss-20b-1:0", "minimal", "reasoning_effort is taken as low"],
  ["amazon.nova-lite-v1:0", "high", "reasoning_effort is ignored: amazon.nova-lite-v1:0 cannot be told"],
] as const)("%s cannot do %s, and the caller is told", (id, effort, warning) => {
  const mapped = map(id, effort);
  expect(mapped).toMatchObject({ warnings: [expect.stringContaining(warning)] });
});

test("no model is made to think where a tool is forced: it would be refused", () => {
  expect(map("anthropic.claude-opus-5", "high", forced)).toMatchObject({
    body: { additionalModelRequestFields: { output_config: { effort: "high" } } },
  });
  expect(JSON.stringify(map("anthropic.claude-opus-5", "high", forced))).not.toContain("thinking");
  expect(map("anthropic.claude-haiku-4-5-20251001-v1:0", "high", forced)).toMatchObject({ body: forced });
});

test("none asks no model for anything", () => {
  for (const id of ["anthropic.claude-opus-5", "amazon.nova-2-lite-v1:0", "amazon.nova-lite-v1:0"]) {
    expect(map(id, "none")).toEqual({ body: plain, warnings: [] });
  }
});
