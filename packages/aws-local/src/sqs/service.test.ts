import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  EmptyBatchRequest,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  MessageNotInflight,
  PurgeQueueCommand,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiveMessageCommand,
  RequestThrottled,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { sqsClient } from "../test-clients.ts";

let folder: string;
let local: AwsLocal;
let client: SQSClient;
let nowMs = Date.parse("2026-11-26T12:00:00Z");
let QueueUrl: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  await start();
  QueueUrl = await create("jobs", { VisibilityTimeout: "30" });
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start() {
  local = await startAwsLocal({ dataFolder: folder, nowMs: () => nowMs });
  client = sqsClient(local.url);
}

async function stop() {
  client.destroy();
  await local.close();
}

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  return (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
}

const send = (MessageBody: string, more = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (more = {}, url = QueueUrl) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, ...more })))
    .Messages ?? [];
const bodies = (messages: { Body?: string | undefined }[]) => messages.map(({ Body }) => Body);

test("a message is received once, is invisible for its time, and is gone when it was deleted", async () => {
  await send("grüße", { MessageAttributes: { kind: { DataType: "String", StringValue: "turn" } } });
  const [first] = await receive({
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["ApproximateReceiveCount"],
  });
  expect(first).toMatchObject({
    Body: "grüße",
    MessageAttributes: { kind: { StringValue: "turn" } },
    Attributes: { ApproximateReceiveCount: "1" },
  });
  expect(await receive()).toEqual([]);
  nowMs += 30_000;
  const [again] = await receive();
  expect(again?.MessageId).toBe(first?.MessageId);
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
  nowMs += 30_000;
  expect(await receive()).toEqual([]);
});

test("a waiting receiver gets a message as soon as it is sent, and nothing when its wait is over", async () => {
  expect(await receive({ WaitTimeSeconds: 1 })).toEqual([]);
  const waiting = receive({ WaitTimeSeconds: 20 });
  await send("late");
  expect(bodies(await waiting)).toEqual(["late"]);
});

test("a message that was received too often goes to the dead-letter queue with its id", async () => {
  const dead = await create("dead");
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
  );
  const policy = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 };
  QueueUrl = await create("fragile", { RedrivePolicy: JSON.stringify(policy) });
  const { MessageId } = await send("poison");
  for (const count of [1, 2]) {
    expect(await receive({ VisibilityTimeout: 0 }), `receive ${count}`).toHaveLength(1);
  }
  expect(await receive()).toEqual([]);
  expect(await receive({}, dead)).toMatchObject([{ MessageId, Body: "poison" }]);
});

test("messages and queues outlive the process; what was deleted or purged does not", async () => {
  await client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: ["a", "b", "c"].map((one) => ({ Id: one, MessageBody: one })),
    }),
  );
  const [first] = await receive({ MaxNumberOfMessages: 1 });
  await client.send(
    new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", ReceiptHandle: first?.ReceiptHandle }] }),
  );
  await stop();
  await start();
  QueueUrl = (await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }))).QueueUrl ?? "";
  expect(bodies(await receive())).toEqual(["b", "c"]);
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  await stop();
  await start();
  nowMs += 60_000;
  expect(await receive({}, QueueUrl)).toEqual([]);
});

test("delays, visibility and counts are told as SQS tells them", async () => {
  await send("now");
  await send("later", { DelaySeconds: 60 });
  const [message] = await receive();
  const attributes = async () =>
    (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes;
  expect(await attributes()).toMatchObject({
    VisibilityTimeout: "30",
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "1",
    ApproximateNumberOfMessagesDelayed: "1",
  });
  const change = (VisibilityTimeout: number) =>
    client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout,
      }),
    );
  await change(0);
  await expect(change(5)).rejects.toBeInstanceOf(MessageNotInflight);
  nowMs += 60_000;
  expect(bodies(await receive()).sort()).toEqual(["later", "now"]);
});

test("what is wrong is refused with SQS's own errors", async () => {
  await expect(create("jobs", { VisibilityTimeout: "31" })).rejects.toBeInstanceOf(QueueNameExists);
  await expect(client.send(new GetQueueUrlCommand({ QueueName: "none" }))).rejects.toBeInstanceOf(
    QueueDoesNotExist,
  );
  await expect(create("a.fifo")).rejects.toMatchObject({ name: "NotImplemented" });
  await expect(send("x".repeat(1_048_577))).rejects.toMatchObject({ name: "InvalidParameterValue" });
  await expect(client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toBeInstanceOf(
    EmptyBatchRequest,
  );
  local.addFault({ service: "sqs", kind: "throttle", operation: "SendMessage" });
  await expect(send("x")).rejects.toBeInstanceOf(RequestThrottled);
  await send("x");
});
