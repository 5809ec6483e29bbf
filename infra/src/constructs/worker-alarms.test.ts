import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

function resources(type: string): Record<string, unknown>[] {
  return Object.values(stage.configuration.resource[type] ?? {});
}
const topicArn = expect.stringMatching(/^\$\{aws_sns_topic\.alert-topic_\S+\.arn\}$/);

test("a failed round and a worker that does not run each raise an alarm on the alert topic", () => {
  const common = {
    namespace: "AWS/Lambda",
    dimensions: { FunctionName: expect.stringMatching(/^\$\{aws_lambda_function\.worker_\S+\}$/) },
    statistic: "Sum",
    period: 900,
    evaluation_periods: 1,
    alarm_actions: [topicArn],
    ok_actions: [topicArn],
  };
  expect(resources("aws_cloudwatch_metric_alarm")).toEqual([
    expect.objectContaining({
      ...common,
      metric_name: "Errors",
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      treat_missing_data: "notBreaching",
    }),
    expect.objectContaining({
      ...common,
      metric_name: "Invocations",
      comparison_operator: "LessThanThreshold",
      threshold: 1,
      treat_missing_data: "breaching",
    }),
  ]);
});

test("the alarms of this account may use the topic's key, and no other service may", () => {
  const [topic] = resources("aws_sns_topic");
  expect(topic?.kms_master_key_id).toMatch(/^\$\{aws_kms_key\.alert-topic_\S+\.arn\}$/);
  const policies = Object.entries(stage.configuration.data.aws_iam_policy_document ?? {});
  const policy = policies.find(([name]) => name.startsWith("alert-topic_key-policy"))?.[1];
  const statements = (policy?.statement ?? []) as unknown[];
  expect(statements).toEqual([
    {
      sid: "Account",
      principals: [{ type: "AWS", identifiers: [expect.stringMatching(/^arn:aws:iam::\S+:root$/)] }],
      actions: ["kms:*"],
      resources: ["*"],
    },
    {
      sid: "Alarms",
      principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      resources: ["*"],
      condition: [
        {
          test: "StringEquals",
          variable: "aws:SourceAccount",
          values: [expect.stringContaining("aws_caller_identity")],
        },
      ],
    },
  ]);
});
