import { ingestionQueues } from "@caprock/memory/queues";
import { memoryStrategies } from "@caprock/memory/strategies";
import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { synthesizeForTest } from "../testing/synthesized-stage.ts";
import { hasTerraform, terraformValidate } from "../testing/terraform-validate.ts";

const stage = synthesizeForTest({ ...production, longTermMemory: true });
const without = synthesizeForTest(production);
afterAll(() => {
  stage.remove();
  without.remove();
});

function resources(type: string, from = stage): Record<string, unknown>[] {
  return Object.values(from.configuration.resource[type] ?? {});
}

test("the memory has the strategies and namespaces that packages/memory declares, made one after another", () => {
  expect(resources("aws_bedrockagentcore_memory")).toMatchObject([{ name: "caprock_production" }]);
  const strategies = resources("aws_bedrockagentcore_memory_strategy");
  expect(strategies).toHaveLength(memoryStrategies.length);
  for (const { name, type, namespace } of memoryStrategies) {
    expect(strategies).toContainEqual(expect.objectContaining({ name, type, namespaces: [namespace] }));
  }
  const waits = strategies.map(({ depends_on: before }) => (Array.isArray(before) ? before.length : 0));
  expect(waits.sort()).toEqual([0, 1, 1, 1]);
});

test("a job that keeps failing goes to the dead letters, which raise an alarm", () => {
  const [dead, queue] = resources("aws_sqs_queue");
  expect(dead).toMatchObject({ name: `caprock-production-${ingestionQueues.deadLetterName}` });
  expect(queue).toMatchObject({ name: `caprock-production-${ingestionQueues.name}` });
  expect(JSON.parse(String(queue?.redrive_policy))).toMatchObject({
    maxReceiveCount: ingestionQueues.maxReceiveCount,
    deadLetterTargetArn: expect.stringContaining("dead-letters"),
  });
  const alarms = resources("aws_cloudwatch_metric_alarm").filter(({ namespace }) => namespace === "AWS/SQS");
  expect(alarms).toMatchObject([
    { metric_name: "ApproximateNumberOfMessagesVisible", threshold: 0, alarm_actions: [expect.any(String)] },
  ]);
});

test("a stage without long-term memory has neither memory nor queue", () => {
  expect(resources("aws_bedrockagentcore_memory", without)).toEqual([]);
  expect(resources("aws_sqs_queue", without)).toEqual([]);
});

test.skipIf(!(await hasTerraform()))("terraform finds nothing to say about it", async () => {
  expect(await terraformValidate(stage.stackFolder)).toEqual({ valid: true, diagnostics: [] });
});
