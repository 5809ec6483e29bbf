import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchEntryIdsNotDistinctException,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  InvalidParameterException,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  paginateListTopics,
  type SNSClient,
  SubscribeCommand,
  ThrottledException,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { snsClient } from "../test-clients.ts";

const TopicArn = "arn:aws:sns:us-east-1:000000000000:alerts";

let folder: string;
let local: AwsLocal;
let client: SNSClient;
let endpoint: Server;
let received: { headers: IncomingHttpHeaders; body: Record<string, unknown> }[];
let answerStatus: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  await start();
  await client.send(new CreateTopicCommand({ Name: "alerts" }));
  received = [];
  answerStatus = 200;
  endpoint = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    received.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(answerStatus).end();
  }).listen(0, "127.0.0.1");
  await once(endpoint, "listening");
});
afterEach(async () => {
  client.destroy();
  endpoint.closeAllConnections();
  endpoint.close();
  await local.close();
  await rm(folder, { recursive: true });
});

async function start() {
  local = await startAwsLocal({ dataFolder: folder });
  client = snsClient(local.url);
}

const subscribe = (Protocol: string, Endpoint: string) =>
  client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }));
const url = () => `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/alerts?a=1&b=2`;
const outcomes = () =>
  local.published().flatMap(({ deliveries }) => deliveries.map(({ outcome }) => outcome));

test("a published message reaches a subscribed endpoint on loopback as SNS sends it", async () => {
  const { SubscriptionArn } = await subscribe("http", url());
  expect(SubscriptionArn).toMatch(`${TopicArn}:`);
  const Message = 'Füllstand < 10 % & "knapp"\n+1';
  const { MessageId } = await client.send(
    new PublishCommand({
      TopicArn,
      Subject: "Budget <soon> gone",
      Message,
      MessageAttributes: {
        tenant: { DataType: "String", StringValue: "acme" },
        proof: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
      },
    }),
  );
  await expect.poll(outcomes).toEqual(["delivered"]);
  expect(received).toMatchObject([
    {
      headers: {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": MessageId,
        "x-amz-sns-topic-arn": TopicArn,
        "x-amz-sns-subscription-arn": SubscriptionArn,
        "content-type": "text/plain; charset=UTF-8",
      },
      body: {
        Type: "Notification",
        MessageId,
        TopicArn,
        Subject: "Budget <soon> gone",
        Message,
        Timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        MessageAttributes: {
          tenant: { Type: "String", Value: "acme" },
          proof: { Type: "Binary", Value: "AP8=" },
        },
      },
    },
  ]);
  const listed = await (await fetch(`${local.url}/_aws-local/sns?topicArn=${TopicArn}`)).json();
  expect(listed).toMatchObject({ published: [{ messageId: MessageId, message: Message }] });
  const other = await (await fetch(`${local.url}/_aws-local/sns?topicArn=${TopicArn}2`)).json();
  expect(other).toEqual({ published: [] });
});

test("the link to unsubscribe in a message ends its subscription", async () => {
  await subscribe("http", url());
  await client.send(new PublishCommand({ TopicArn, Message: "1" }));
  await expect.poll(outcomes).toEqual(["delivered"]);
  expect((await fetch(String(received[0]?.body.UnsubscribeURL))).status).toBe(200);
  await client.send(new PublishCommand({ TopicArn, Message: "2" }));
  expect(outcomes()).toEqual(["delivered"]);
});

test("an endpoint that does not answer 2xx is recorded as failed and Publish still succeeds", async () => {
  await subscribe("http", url());
  answerStatus = 500;
  await client.send(new PublishCommand({ TopicArn, Message: "1" }));
  await expect.poll(outcomes).toEqual(["failed"]);
});

test.each([
  ["email", "ops@example.com"],
  ["sqs", "arn:aws:sqs:us-east-1:000000000000:q"],
  ["https", "https://example.com/hook"],
])("a subscription by %s to %s is kept as pending, and nothing is sent", async (protocol, target) => {
  expect((await subscribe(protocol, target)).SubscriptionArn).toBe("pending confirmation");
  await client.send(new PublishCommand({ TopicArn, Message: "1" }));
  expect(outcomes()).toEqual(["pending"]);
  const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions).toMatchObject([
    { SubscriptionArn: "PendingConfirmation", Protocol: protocol, Endpoint: target, TopicArn },
  ]);
});

test("creating a topic and subscribing again change nothing; both outlive a restart", async () => {
  expect((await client.send(new CreateTopicCommand({ Name: "alerts" }))).TopicArn).toBe(TopicArn);
  const { SubscriptionArn } = await subscribe("http", url());
  await subscribe("email", "ops@example.com");
  await local.close();
  await start();
  expect((await subscribe("http", url())).SubscriptionArn).toBe(SubscriptionArn);
  expect((await client.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
  const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({ TopicArn, SubscriptionsConfirmed: "1", SubscriptionsPending: "1" });
  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
  const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions).toMatchObject([{ Protocol: "email" }]);
  await client.send(new DeleteTopicCommand({ TopicArn }));
  expect((await client.send(new ListTopicsCommand({}))).Topics).toEqual([]);
});

test("topics are listed 100 a page", async () => {
  await Promise.all(
    Array.from({ length: 149 }, (_, i) => client.send(new CreateTopicCommand({ Name: `t${i}` }))),
  );
  const sizes: number[] = [];
  for await (const { Topics } of paginateListTopics({ client }, {})) {
    sizes.push(Topics?.length ?? 0);
  }
  expect(sizes).toEqual([100, 50]);
});

test("an unknown topic is SNS's NotFoundException everywhere", async () => {
  const unknown = { TopicArn: `${TopicArn}-2` };
  for (const answer of [
    client.send(new PublishCommand({ ...unknown, Message: "x" })),
    client.send(new GetTopicAttributesCommand(unknown)),
    client.send(new ListSubscriptionsByTopicCommand(unknown)),
    client.send(new SubscribeCommand({ ...unknown, Protocol: "email", Endpoint: "a@example.com" })),
  ]) {
    await expect(answer).rejects.toBeInstanceOf(NotFoundException);
    await expect(answer).rejects.toMatchObject({ message: "Topic does not exist", $fault: "client" });
  }
});

test.each([
  ["an empty message", { Message: "" }],
  ["a message over 256 KB", { Message: "x".repeat(256 * 1024 + 1) }],
  ["a subject with a line break", { Message: "x", Subject: "a\nb" }],
  ["a subject over 100 characters", { Message: "x", Subject: "a".repeat(101) }],
  [
    "an attribute without a type",
    { Message: "x", MessageAttributes: { a: { DataType: "", StringValue: "x" } } },
  ],
])("%s is refused", async (_, input) => {
  await expect(client.send(new PublishCommand({ TopicArn, ...input }))).rejects.toBeInstanceOf(
    InvalidParameterException,
  );
  expect(local.published()).toEqual([]);
});

test("a batch publishes each good entry and names each bad one", async () => {
  const batch = (...entries: [id: string, message: string][]) =>
    client.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: entries.map(([Id, Message]) => ({ Id, Message })),
      }),
    );
  const { Successful, Failed } = await batch(["a", "1"], ["b", ""], ["c", "3"]);
  expect(Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
  expect(Failed).toMatchObject([{ Id: "b", Code: "InvalidParameter", SenderFault: true }]);
  expect(local.published().map(({ message }) => message)).toEqual(["1", "3"]);
  await expect(batch(["a", "1"], ["a", "2"])).rejects.toBeInstanceOf(BatchEntryIdsNotDistinctException);
});

test("faults strike: a throttle is the typed error, a lost answer has published", async () => {
  const publish = new PublishCommand({ TopicArn, Message: "1" });
  local.addFault({ service: "sns", kind: "throttle", operation: "Publish" });
  await expect(client.send(publish)).rejects.toBeInstanceOf(ThrottledException);
  expect(local.published()).toEqual([]);
  local.addFault({ service: "sns", kind: "lostAnswer" });
  await expect(client.send(publish)).rejects.toThrow();
  expect(local.published()).toHaveLength(1);
});
