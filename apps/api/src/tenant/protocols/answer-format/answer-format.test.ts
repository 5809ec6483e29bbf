import { allModels } from "@caprock/inference";
import { expect, test } from "vitest";
import type { ConverseBody } from "../converse-json.ts";
import { type AnswerFormat, answerToolName, isNative, withAnswerFormat } from "./answer-format.ts";

const modelOf = (id: string) => allModels.find((model) => model.id === id)!;
const plain: ConverseBody = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
const closed = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false };
const format: AnswerFormat = { type: "json_schema", name: "answer", schema: closed };
const own = { toolSpec: { name: "weather", inputSchema: { json: {} } } };

function map(
  id: string,
  asked: AnswerFormat,
  body = plain,
  more: { streamed?: boolean; mayCallTools?: boolean } = {},
) {
  const options = {
    model: modelOf(id),
    streamed: false,
    mayCallTools: false,
    param: "response_format",
    ...more,
  };
  return withAnswerFormat(body, asked, options);
}

test("a closed schema without bounds is within Bedrock's subset", () => {
  expect(isNative(closed)).toBe(true);
});

test("a model with structured output gets the schema as Bedrock's own", () => {
  const jsonSchema = { name: "answer", schema: JSON.stringify(closed) };
  expect(map("anthropic.claude-sonnet-5", format)).toEqual({
    answersByTool: false,
    body: { ...plain, outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema } } } },
  });
});

test.each([
  [{ ...closed, additionalProperties: true }],
  [{ ...closed, properties: { a: { type: "object", properties: {} } } }],
  [{ ...closed, properties: { n: { type: "integer", minimum: 1 } } }],
  [{ ...closed, properties: { n: { type: "array", minItems: 2 } } }],
  [{ ...closed, properties: { n: { $ref: "#" } } }],
  [{ ...closed, properties: { n: { anyOf: [{ type: "string", minLength: 2 }] } } }],
])("a schema beyond Bedrock's subset goes by the answer tool: %j", (schema) => {
  const beyond = { ...closed, ...schema };
  expect(isNative(beyond)).toBe(false);
  expect(map("anthropic.claude-sonnet-5", { ...format, schema: beyond })).toMatchObject({
    body: { toolConfig: { toolChoice: { tool: { name: answerToolName } } } },
  });
});

test("a model that can be forced must call the answer tool, or any tool where the caller has its own", () => {
  expect(map("amazon.nova-lite-v1:0", format)).toMatchObject({
    body: { toolConfig: { toolChoice: { tool: { name: answerToolName } } } },
  });
  const withOwn = { ...plain, toolConfig: { tools: [own] } };
  expect(map("amazon.nova-lite-v1:0", format, withOwn, { mayCallTools: true })).toMatchObject({
    body: { toolConfig: { tools: [own, { toolSpec: { name: answerToolName } }], toolChoice: { any: {} } } },
  });
});

test("a model that cannot be forced is asked in words", () => {
  const mapped = map("mistral.mistral-large-3-675b-instruct", { type: "json_object" });
  expect(mapped).toMatchObject({ body: { system: [{ text: expect.stringContaining(answerToolName) }] } });
  expect(mapped).not.toHaveProperty("body.toolConfig.toolChoice");
});

test("a tool that the caller forces is the answer, so the format asks for nothing", () => {
  const forced = { ...plain, toolConfig: { tools: [own], toolChoice: { tool: { name: "weather" } } } };
  expect(map("amazon.nova-lite-v1:0", format, forced)).toEqual({ answersByTool: false, body: forced });
});

test("a model without either is refused by name", () => {
  expect(map("deepseek.r1-v1:0", format)).toMatchObject({
    refused: { code: "unsupported_by_model", param: "response_format" },
  });
});
