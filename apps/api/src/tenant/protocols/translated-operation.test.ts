import { allModels } from "@caprock/inference";
import { expect, test } from "vitest";
import { answerToolName } from "./answer-format/answer-format.ts";
import { toConverse } from "./openai-chat/to-converse.ts";
import { translatedOperation } from "./translated-operation.ts";

const modelOf = (id: string) => allModels.find((model) => model.id === id)!;
const how = {
  streamed: false,
  defaultMaxOutputTokens: 4_096,
  openStreamMaxOutputTokens: 8_192,
  contextPolicy: {},
  tokenCorrection: 1,
};
const schema = { type: "object", properties: {}, additionalProperties: false };
const { operation, last } = translatedOperation(
  (wanted) =>
    toConverse(
      {
        model: "named",
        messages: [{ role: "user", content: "Hi" }],
        reasoning_effort: "high",
        response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
      },
      wanted,
    ),
  "Hi",
);

test("a call is translated for each model that is considered, and told as for the one considered last", () => {
  expect(operation.portable).toBe(true);
  expect(operation.plan(modelOf("anthropic.claude-opus-5"), how)).toMatchObject({
    countable: { outputConfig: {}, additionalModelRequestFields: { output_config: { effort: "high" } } },
  });
  expect(last()).toMatchObject({ answersByTool: false, warnings: [] });
  expect(operation.plan(modelOf("amazon.nova-lite-v1:0"), how)).toMatchObject({
    countable: { toolConfig: { toolChoice: { tool: { name: answerToolName } } } },
  });
  expect(last()).toMatchObject({ answersByTool: true, warnings: [expect.stringContaining("nova-lite")] });
});
