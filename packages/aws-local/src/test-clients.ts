/** For the tests: real SDK clients pointed at a server. */
import { BedrockAgentRuntimeClient } from "@aws-sdk/client-bedrock-agent-runtime";
import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { BedrockRuntimeClient, type ConverseStreamCommandOutput } from "@aws-sdk/client-bedrock-runtime";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

export interface ClientOptions {
  readonly http1?: boolean;
  readonly maxAttempts?: number;
}

/** A Bedrock client as the SDK makes it: HTTP/2 unless told otherwise. */
export function bedrockClient(endpoint: string, { http1 = false, maxAttempts = 1 }: ClientOptions = {}) {
  return new BedrockRuntimeClient({
    endpoint,
    region: "us-east-1",
    credentials,
    maxAttempts,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
  });
}

export function dynamoDbClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function cloudWatchClient(endpoint: string): CloudWatchClient {
  return new CloudWatchClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function snsClient(endpoint: string): SNSClient {
  return new SNSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function sqsClient(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function agentCoreClient(endpoint: string): BedrockAgentCoreClient {
  return new BedrockAgentCoreClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function agentCoreControlClient(endpoint: string): BedrockAgentCoreControlClient {
  return new BedrockAgentCoreControlClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

export function bedrockAgentRuntimeClient(endpoint: string): BedrockAgentRuntimeClient {
  return new BedrockAgentRuntimeClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

type StreamEvent =
  NonNullable<ConverseStreamCommandOutput["stream"]> extends AsyncIterable<infer E> ? E : never;

/** Reads a stream to its end. */
export async function readAll(output: ConverseStreamCommandOutput): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of output.stream ?? []) {
    events.push(event);
  }
  return events;
}

/** What a stream said. */
export function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
}
