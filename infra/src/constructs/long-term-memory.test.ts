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

function functions(name: string, from = stage): Record<string, unknown>[] {
  return resources("aws_lambda_function", from).filter(({ function_name: full }) =>
    String(full).startsWith(`caprock-production-${name}`),
  );
}

interface Policy {
  readonly statement: readonly { readonly actions: readonly string[] }[];
}

/** What a function may do to the memory and its queue. */
function memoryActions(name: string): ReadonlySet<string> {
  const documents = Object.entries(stage.configuration.data.aws_iam_policy_document ?? {});
  const [, policy] = documents.find(([id]) => id.startsWith(`${name}_node_permissions`)) ?? [];
  const { statement } = policy as unknown as Policy;
  const actions = statement.flatMap((one) => one.actions);
  return new Set(actions.filter((action) => /^(sqs|bedrock-agentcore):/.test(action)));
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

test("the queue gives batches to a function that answers what failed, in the time and number that the queue is made for", () => {
  expect(resources("aws_lambda_event_source_mapping")).toMatchObject([
    {
      function_response_types: ["ReportBatchItemFailures"],
      scaling_config: { maximum_concurrency: ingestionQueues.mostFunctions },
    },
  ]);
  const [ingestion] = functions("ingestion");
  expect(ingestion).toMatchObject({
    timeout: ingestionQueues.functionTimeoutSeconds,
    reserved_concurrent_executions: ingestionQueues.mostFunctions,
  });
  expect(ingestionQueues.visibilitySeconds).toBe(6 * ingestionQueues.functionTimeoutSeconds);
});

test("each function may do what its part in long-term memory asks for, and no more", () => {
  const of = (name: string) => [...memoryActions(name)].sort();
  const forgets = [
    "bedrock-agentcore:BatchDeleteMemoryRecords",
    "bedrock-agentcore:CreateEvent",
    "bedrock-agentcore:DeleteEvent",
    "bedrock-agentcore:ListActors",
    "bedrock-agentcore:ListEvents",
    "bedrock-agentcore:ListMemoryRecords",
    "bedrock-agentcore:ListSessions",
  ];
  const lists = "bedrock-agentcore:ListMemoryRecords";
  const recalls = ["bedrock-agentcore:RetrieveMemoryRecords", "sqs:SendMessage"];
  const reads = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
  expect(of("socket")).toEqual([lists, ...recalls]);
  expect(of("api")).toEqual([...forgets, ...recalls]);
  expect(of("worker")).toEqual(["sqs:SendMessage"]);
  expect(of("ingestion")).toEqual([...forgets, ...reads]);
});

test("the functions know the memory, and those of a stage without one do not", () => {
  const known = (from = stage) =>
    functions("", from).filter(({ environment }) =>
      JSON.stringify(environment).includes("CAPROCK_MEMORY_ID"),
    );
  expect(known()).toHaveLength(4);
  expect(known(without)).toEqual([]);
});

test("a stage without long-term memory has neither memory nor queue", () => {
  expect(resources("aws_bedrockagentcore_memory", without)).toEqual([]);
  expect(resources("aws_sqs_queue", without)).toEqual([]);
});

test.skipIf(!(await hasTerraform()))("terraform finds nothing to say about it", async () => {
  expect(await terraformValidate(stage.stackFolder)).toEqual({ valid: true, diagnostics: [] });
});
