/** Makes AWS clients. Endpoints and credentials come from the AWS SDK's own environment variables. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";

export type DocumentClient = DynamoDBDocumentClient;

export interface AwsClientOptions {
  readonly region: string;
}

/** The connections one client may hold open; a hold waits for a free one rather than failing. */
const maxConnections = 256;

function requestHandler(): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    httpsAgent: { keepAlive: true, maxSockets: maxConnections },
    httpAgent: { keepAlive: true, maxSockets: maxConnections },
  });
}

/**
 * A DynamoDB client that keeps integers exact: what fits a JavaScript number reads as one, what does not
 * reads as a bigint. Undefined members are left out of items.
 */
export function createDocumentClient({ region }: AwsClientOptions): DocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ region, requestHandler: requestHandler() }), {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: exactNumber },
  });
}

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

/** An S3 client with path-style addresses, which work on AWS and on a local endpoint alike. */
export function createS3Client({ region }: AwsClientOptions): S3Client {
  return new S3Client({ region, forcePathStyle: true, requestHandler: requestHandler() });
}
