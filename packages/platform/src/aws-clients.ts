/** Makes AWS clients. */
import { BedrockClient } from "@aws-sdk/client-bedrock";
import { BedrockAgentRuntimeClient } from "@aws-sdk/client-bedrock-agent-runtime";
import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";

export type DocumentClient = DynamoDBDocumentClient;

/**
 * Where a client calls. Processes give the region alone: endpoints and credentials are then the AWS SDK's own
 * variables. Who starts those processes, or tests them, names a local server instead.
 */
export interface AwsClientOptions {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What a local server takes: it checks that a request is signed, not by whom. */
export const localCredentials = { accessKeyId: "local", secretAccessKey: "local" } as const;

/** Single-item reads and writes take milliseconds; this long means a lost connection, even on a busy machine. */
const dynamoDbTimeoutMs = 10_000;
const s3TimeoutMs = 20_000;
const snsTimeoutMs = 10_000;
const cloudWatchTimeoutMs = 10_000;
const bedrockTimeoutMs = 10_000;
const agentCoreTimeoutMs = 20_000;
/** A step may be tens of megabytes. */
const bedrockSessionsTimeoutMs = 30_000;
/** SQS may wait 20 seconds for a message before it answers. */
const sqsTimeoutMs = 30_000;

/** With the SDK's growing pauses these wait out some twenty seconds of throttling. */
const patientAttempts = 8;

/** The connections one client may hold open; a hold waits for a free one rather than failing. */
const maxConnections = 256;

/** A request that is not answered in `requestTimeoutMs` fails, and the SDK tries again, as for any lost answer. */
function requestHandler(requestTimeoutMs: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: 2_000,
    requestTimeout: requestTimeoutMs,
    // Without it the handler only warns, and waits on.
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: true, maxSockets: maxConnections },
    httpAgent: { keepAlive: true, maxSockets: maxConnections },
  });
}

/**
 * A DynamoDB client that keeps integers exact: what fits a JavaScript number reads as one, what does not
 * reads as a bigint. Undefined members are left out of items.
 */
export function createDocumentClient(options: AwsClientOptions): DocumentClient {
  return DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...options, requestHandler: requestHandler(dynamoDbTimeoutMs) }),
    {
      marshallOptions: { removeUndefinedValues: true },
      unmarshallOptions: { wrapNumbers: exactNumber },
    },
  );
}

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

/** An S3 client with path-style addresses, which work on AWS and on a local endpoint alike. */
export function createS3Client(options: AwsClientOptions): S3Client {
  return new S3Client({ ...options, forcePathStyle: true, requestHandler: requestHandler(s3TimeoutMs) });
}

/**
 * A CloudWatch client. With `retries` off a request goes out once: whoever sends metrics decides what is sent again,
 * because CloudWatch counts what it gets twice.
 */
export function createCloudWatchClient(
  options: AwsClientOptions,
  { retries }: { readonly retries: boolean },
): CloudWatchClient {
  return new CloudWatchClient({
    ...options,
    ...(retries ? {} : { maxAttempts: 1 }),
    requestHandler: requestHandler(cloudWatchTimeoutMs),
  });
}

/** An SNS client. It does not retry: who publishes does, at a pace of its own. */
export function createSnsClient(options: AwsClientOptions): SNSClient {
  return new SNSClient({ ...options, maxAttempts: 1, requestHandler: requestHandler(snsTimeoutMs) });
}

/** A client of Bedrock's control plane. */
export function createBedrockClient(options: AwsClientOptions): BedrockClient {
  return new BedrockClient({ ...options, requestHandler: requestHandler(bedrockTimeoutMs) });
}

/**
 * A client of AgentCore's data. It does not retry, unless it is for forgetting, which is more calls at once than AgentCore
 * takes in a second: recall has a deadline, and who ingests keeps to a pace of its own, which retries would exceed.
 */
export function createAgentCoreClient(
  options: AwsClientOptions,
  { retries = false }: { readonly retries?: boolean } = {},
): BedrockAgentCoreClient {
  return new BedrockAgentCoreClient({
    ...options,
    maxAttempts: retries ? patientAttempts : 1,
    requestHandler: requestHandler(agentCoreTimeoutMs),
  });
}

/** A client of Bedrock Session Management. It waits throttling out: what was answered and is not kept is lost. */
export function createBedrockSessionsClient(options: AwsClientOptions): BedrockAgentRuntimeClient {
  return new BedrockAgentRuntimeClient({
    ...options,
    maxAttempts: patientAttempts,
    requestHandler: requestHandler(bedrockSessionsTimeoutMs),
  });
}

/** A client that makes and describes AgentCore's memories. */
export function createAgentCoreControlClient(options: AwsClientOptions): BedrockAgentCoreControlClient {
  return new BedrockAgentCoreControlClient({
    ...options,
    requestHandler: requestHandler(agentCoreTimeoutMs),
  });
}

/** An SQS client. A message that is sent twice is worked on twice, which its readers must bear anyway. */
export function createSqsClient(options: AwsClientOptions): SQSClient {
  return new SQSClient({ ...options, requestHandler: requestHandler(sqsTimeoutMs) });
}

/** AWS credentials for signing; resolved once, and again before they expire, by the AWS SDK's own chain. */
export function createCredentialProvider({ region }: Pick<AwsClientOptions, "region">) {
  const { credentials } = new BedrockRuntimeClient({ region }).config;
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  };
}

/** Where Bedrock Runtime answers: the AWS SDK's endpoint variables first, then AWS's public address. */
export function bedrockRuntimeEndpoint(settings: {
  readonly AWS_REGION: string;
  readonly AWS_ENDPOINT_URL?: string | undefined;
  readonly AWS_ENDPOINT_URL_BEDROCK_RUNTIME?: string | undefined;
}): string {
  return (
    settings.AWS_ENDPOINT_URL_BEDROCK_RUNTIME ??
    settings.AWS_ENDPOINT_URL ??
    `https://bedrock-runtime.${settings.AWS_REGION}.amazonaws.com`
  );
}
