import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  ResourceNotFound,
  SetAlarmStateCommand,
  ValidationException,
} from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { cloudWatchClient, snsClient } from "../test-clients.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 20, 12);
const Namespace = "Caprock";
const MetricName = "drift";
const Dimensions = [{ Name: "tenant", Value: "acme" }];

let nowMs: number;
let folder: string;
let local: AwsLocal;
let client: CloudWatchClient;

beforeEach(async () => {
  nowMs = noon;
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  await start();
});
afterEach(async () => {
  client.destroy();
  await local.close();
  await rm(folder, { recursive: true });
});

async function start() {
  local = await startAwsLocal({ dataFolder: folder, nowMs: () => nowMs });
  client = cloudWatchClient(local.url);
}

const alarm = (more: Partial<PutMetricAlarmCommandInput> = {}) =>
  client.send(
    new PutMetricAlarmCommand({
      AlarmName: "drift",
      Namespace,
      MetricName,
      Dimensions,
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 10,
      ComparisonOperator: "GreaterThanThreshold",
      ...more,
    }),
  );
const describe = async (AlarmName = "drift") => {
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  return MetricAlarms?.[0];
};
const put = (Value: number) =>
  client.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName, Value, Dimensions }] }));
/** A value in the current minute, and the state once that minute is over. */
const stateAfter = async (value: number | undefined) => {
  if (value !== undefined) {
    await put(value);
  }
  nowMs += minute;
  return (await describe())?.StateValue;
};

test("an alarm follows its metric: no data, within the threshold, over it, and back", async () => {
  await alarm();
  expect(await describe()).toMatchObject({
    AlarmArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:drift",
    StateValue: "INSUFFICIENT_DATA",
    ActionsEnabled: true,
    Threshold: 10,
  });
  expect(await stateAfter(10)).toBe("OK");
  expect(await stateAfter(11)).toBe("ALARM");
  expect(await describe()).toMatchObject({
    StateReason: expect.stringMatching(
      /^Threshold Crossed: 1 out of the last 1 datapoints \[11\] were greater than the threshold \(10\)/,
    ),
    StateTransitionedTimestamp: new Date(nowMs),
  });
  expect(await stateAfter(3)).toBe("OK");
});

test("the minute that is not over yet does not count", async () => {
  await alarm({ Statistic: "SampleCount", Threshold: 1 });
  nowMs = noon + 20_000;
  await put(1);
  nowMs = noon + 59_999;
  await put(1);
  expect(await describe()).toMatchObject({ StateValue: "INSUFFICIENT_DATA" });
  nowMs = noon + minute + 1;
  expect(await describe()).toMatchObject({ StateValue: "ALARM" });
});

test("M out of N datapoints must breach", async () => {
  await alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  const seen = [];
  for (const value of [0, 0, 11, 0, 11, 0, 0]) {
    seen.push(await stateAfter(value));
  }
  expect(seen).toEqual(["OK", "OK", "OK", "OK", "ALARM", "OK", "OK"]);
});

test.each([
  ["missing", "INSUFFICIENT_DATA"],
  ["ignore", "ALARM"],
  ["breaching", "ALARM"],
  ["notBreaching", "OK"],
])("after data stops, an alarm that treats it as %s goes to %s", async (TreatMissingData, expected) => {
  await alarm({ TreatMissingData });
  expect(await stateAfter(11)).toBe("ALARM");
  nowMs += 3 * minute;
  expect(await stateAfter(undefined)).toBe(expected);
});

test("a percentile can be watched", async () => {
  await alarm({ Statistic: undefined, ExtendedStatistic: "p50", ComparisonOperator: "LessThanThreshold" });
  await put(4);
  await put(8);
  await put(100);
  expect(await stateAfter(undefined)).toBe("ALARM");
});

test("each change of state publishes AWS's alarm message to that state's topics, once", async () => {
  const sns = snsClient(local.url);
  const topic = async (Name: string) => (await sns.send(new CreateTopicCommand({ Name }))).TopicArn ?? "";
  const [alarms, recovered] = [await topic("alarms"), await topic("recovered")];
  await alarm({ AlarmActions: [alarms, `${alarms}-that-is-gone`], OKActions: [recovered] });
  await stateAfter(11);
  await stateAfter(12);
  await describe();
  const sent = local.published(alarms);
  expect(sent).toMatchObject([{ subject: 'ALARM: "drift" in us-east-1' }]);
  expect(JSON.parse(sent[0]?.message ?? "")).toMatchObject({
    AlarmName: "drift",
    AWSAccountId: "000000000000",
    NewStateValue: "ALARM",
    OldStateValue: "INSUFFICIENT_DATA",
    NewStateReason: expect.stringContaining("Threshold Crossed"),
    StateChangeTime: "2026-11-20T12:01:00.000+0000",
    Trigger: {
      MetricName,
      Namespace,
      Statistic: "SUM",
      Dimensions: [{ name: "tenant", value: "acme" }],
      Period: 60,
      Threshold: 10,
      ComparisonOperator: "GreaterThanThreshold",
    },
  });
  await stateAfter(0);
  expect(local.published().map(({ topicArn }) => topicArn)).toEqual([alarms, recovered]);
  sns.destroy();
});

test("new data alone is enough to see an alarm, without anyone describing it", async () => {
  const sns = snsClient(local.url);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
  await alarm({ AlarmActions: [TopicArn] });
  await put(11);
  expect(local.published()).toEqual([]);
  nowMs += minute;
  await put(1);
  expect(local.published()).toHaveLength(1);
  sns.destroy();
});

test("a set state lasts until the next evaluation and sends its actions unless they are off", async () => {
  const sns = snsClient(local.url);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
  await alarm({ AlarmActions: [TopicArn] });
  await stateAfter(1);
  const set = new SetAlarmStateCommand({ AlarmName: "drift", StateValue: "ALARM", StateReason: "a drill" });
  await client.send(set);
  expect(await describe()).toMatchObject({ StateValue: "ALARM", StateReason: "a drill" });
  expect(local.published()).toHaveLength(1);
  expect(await stateAfter(1)).toBe("OK");
  await alarm({ AlarmActions: [TopicArn], ActionsEnabled: false });
  expect((await describe())?.StateValue, "a changed alarm keeps its state").toBe("OK");
  await client.send(set);
  expect(local.published()).toHaveLength(1);
  sns.destroy();
});

test("alarms and their states outlive a restart; deleting is of all or none", async () => {
  await alarm();
  await alarm({ AlarmName: "other", Threshold: 1 });
  await stateAfter(11);
  await local.close();
  await start();
  expect(await describe()).toMatchObject({ StateValue: "ALARM" });
  const remove = (...AlarmNames: string[]) => client.send(new DeleteAlarmsCommand({ AlarmNames }));
  await expect(remove("drift", "unknown")).rejects.toBeInstanceOf(ResourceNotFound);
  expect(await describe()).toBeDefined();
  await remove("drift");
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toMatchObject([{ AlarmName: "other" }]);
});

test("alarms are found by prefix, state and action, in pages", async () => {
  for (const name of ["a1", "a2", "a3", "b1"]) {
    await alarm({ AlarmName: name, AlarmActions: [`arn:aws:sns:us-east-1:000000000000:${name}`] });
  }
  const find = async (input: object) => {
    const { MetricAlarms = [], NextToken } = await client.send(new DescribeAlarmsCommand(input));
    return { names: MetricAlarms.map(({ AlarmName }) => AlarmName), NextToken };
  };
  const first = await find({ AlarmNamePrefix: "a", MaxRecords: 2 });
  expect(first.names).toEqual(["a1", "a2"]);
  const rest = await find({ AlarmNamePrefix: "a", MaxRecords: 2, NextToken: first.NextToken });
  expect(rest).toEqual({ names: ["a3"], NextToken: undefined });
  expect((await find({ ActionPrefix: "arn:aws:sns:us-east-1:000000000000:b" })).names).toEqual(["b1"]);
  expect((await find({ StateValue: "ALARM" })).names).toEqual([]);
});

test.each<[string, Partial<PutMetricAlarmCommandInput>]>([
  ["a period of 45 seconds", { Period: 45 }],
  ["more datapoints than periods", { DatapointsToAlarm: 2 }],
  ["more than a day of minutes", { EvaluationPeriods: 1_441 }],
  ["two statistics", { ExtendedStatistic: "p90" }],
  ["an unknown rule for missing data", { TreatMissingData: "forget" }],
])("an alarm with %s is refused", async (_, more) => {
  await expect(alarm(more)).rejects.toBeInstanceOf(ValidationException);
});

test("an alarm on a math expression is refused as not served", async () => {
  await expect(alarm({ Metrics: [{ Id: "e", Expression: "a/b" }] })).rejects.toMatchObject({
    name: "NotImplemented",
  });
});
