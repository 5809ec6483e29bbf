import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import { localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { raisedAlert } from "../alerts/alert.ts";
import { DeliveryError } from "../alerts/alert-channel.ts";
import { SnsAlertTopic } from "./alert-topic.ts";

const timeoutMs = 60_000;
let awsLocal: AwsLocal;
let client: SNSClient;
let topicArn: string;

beforeAll(async () => {
  awsLocal = await startAwsLocal();
  client = new SNSClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
    maxAttempts: 1,
  });
  topicArn = (await client.send(new CreateTopicCommand({ Name: "alerts" }))).TopicArn ?? "";
}, timeoutMs);
afterAll(async () => {
  client?.destroy();
  await awsLocal?.close();
});

const alert = raisedAlert(
  {
    owner: "t000000000001",
    rule: "threshold",
    window: "2026-11",
    level: "monthly-cap 1000 80",
    summary: "80 % of the limit is used – nearly all.",
    facts: { percent: "80" },
  },
  Date.parse("2026-11-22T12:00:00Z"),
);

test("an alert is published with its id beside it", { timeout: timeoutMs }, async () => {
  await new SnsAlertTopic({ client, topicArn }).send(alert);
  const [published] = awsLocal.published(topicArn);
  expect(published?.attributes).toMatchObject({
    alertId: { Type: "String", Value: alert.id },
    rule: { Value: "threshold" },
  });
  expect(published?.subject).toBe("Caprock: threshold alert of t000000000001");
  expect(JSON.parse(published?.message ?? "")).toEqual({
    type: "caprock.alert.threshold",
    timestamp: "2026-11-22T12:00:00.000Z",
    data: {
      id: alert.id,
      owner: alert.owner,
      rule: "threshold",
      window: "2026-11",
      level: alert.level,
      summary: alert.summary,
      facts: { percent: "80" },
    },
  });
});

test("a topic that says no, or whose answer is lost, is a failed delivery that names no address", {
  timeout: timeoutMs,
}, async () => {
  const missing = new SnsAlertTopic({ client, topicArn: `${topicArn}-gone` });
  await expect(missing.send(alert)).rejects.toThrow(new DeliveryError("SNS: NotFoundException"));
  awsLocal.addFault({ service: "sns", kind: "lostAnswer" });
  const before = awsLocal.published(topicArn).length;
  await expect(new SnsAlertTopic({ client, topicArn }).send(alert)).rejects.toThrow(DeliveryError);
  expect(awsLocal.published(topicArn)).toHaveLength(before + 1);
});

test("a FIFO topic is told the id to drop repeats by, and the owner to keep in order", async () => {
  const sent: unknown[] = [];
  const recording = { send: async ({ input }: { input: unknown }) => void sent.push(input) };
  const fifo = new SnsAlertTopic({ client: recording as unknown as SNSClient, topicArn: `${topicArn}.fifo` });
  await fifo.send(alert);
  expect(sent).toMatchObject([{ MessageDeduplicationId: alert.id, MessageGroupId: alert.owner }]);
});
