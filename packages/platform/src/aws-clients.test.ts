import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bedrockRuntimeEndpoint, createDocumentClient, localCredentials } from "./aws-clients.ts";

const timeoutMs = 30_000;

/** Keeps the last item that was put, as it came over the wire, and gives it back. */
let stored: Record<string, unknown> = {};
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = JSON.parse(Buffer.concat(chunks).toString());
  stored = body.Item ?? stored;
  response.setHeader("content-type", "application/x-amz-json-1.0");
  response.end(JSON.stringify(body.Item ? {} : { Item: stored }));
});

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

test("an integer is exact both ways, however big: bigints where a number would round", {
  timeout: timeoutMs,
}, async () => {
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: localCredentials,
  });
  const big = 2n ** 53n + 1n;
  const item = {
    id: "a",
    big,
    negative: -big,
    small: 7n,
    fraction: 0.1,
    nested: { amounts: [big, 1] },
    gone: undefined,
  };
  await client.send(new PutCommand({ TableName: "t", Item: item }));
  expect(stored).toMatchObject({ big: { N: "9007199254740993" }, small: { N: "7" } });
  expect(stored).not.toHaveProperty("gone");
  const { Item } = await client.send(new GetCommand({ TableName: "t", Key: { id: "a" } }));
  expect(Item).toEqual({
    id: "a",
    big,
    negative: -big,
    small: 7,
    fraction: 0.1,
    nested: { amounts: [big, 1] },
  });
  client.destroy();
});

test("Bedrock Runtime is looked for at its own address, then at that of all services, then at AWS", () => {
  const AWS_REGION = "eu-central-1";
  const AWS_ENDPOINT_URL = "http://all";
  const AWS_ENDPOINT_URL_BEDROCK_RUNTIME = "http://own";
  expect(bedrockRuntimeEndpoint({ AWS_REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_BEDROCK_RUNTIME })).toBe(
    "http://own",
  );
  expect(bedrockRuntimeEndpoint({ AWS_REGION, AWS_ENDPOINT_URL })).toBe("http://all");
  expect(bedrockRuntimeEndpoint({ AWS_REGION })).toBe("https://bedrock-runtime.eu-central-1.amazonaws.com");
});
