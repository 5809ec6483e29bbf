import { gunzipSync } from "node:zlib";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { startAwsLocal } from "./server.ts";
import { bedrockClient, readAll } from "./test-clients.ts";

test("every served call, cut ones too, can be read from the log bucket with its metadata and counts", async () => {
  const Bucket = "invocation-logs";
  const local = await startAwsLocal({ invocationLogBucket: Bucket, region: "eu-west-1" });
  try {
    const client = bedrockClient(local.url);
    const input = {
      modelId: "any.model",
      system: [{ text: "Be kind to everyone. ".repeat(10) }, { cachePoint: { type: "default" as const } }],
      messages: [{ role: "user" as const, content: [{ text: "Hello" }] }],
      requestMetadata: { caprock_tenant: "t1", caprock_request: "req_1" },
    };
    const whole = await client.send(new ConverseCommand(input));
    local.addFault({ service: "bedrock", kind: "cut", afterEvents: 2 });
    await expect(client.send(new ConverseStreamCommand(input)).then(readAll)).rejects.toThrow();
    await expect.poll(() => local.witness().totals.count).toBe(2);
    await local.flushInvocationLog();

    const s3 = new S3Client({
      endpoint: local.url,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const records: unknown[] = [];
    for (const { Key } of Contents) {
      expect(Key).toMatch(
        /^AWSLogs\/000000000000\/BedrockModelInvocationLogs\/eu-west-1\/\d{4}\/\d\d\/\d\d\/\d\d\/\w+\.json\.gz$/,
      );
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const lines = gunzipSync((await Body?.transformToByteArray()) ?? "")
        .toString()
        .trim()
        .split("\n");
      records.push(...lines.map((line) => JSON.parse(line)));
    }
    s3.destroy();
    const common = {
      schemaType: "ModelInvocationLog",
      schemaVersion: "1.0",
      requestMetadata: input.requestMetadata,
    };
    expect(records).toHaveLength(2);
    expect(records).toContainEqual(
      expect.objectContaining({
        ...common,
        requestId: whole.$metadata.requestId,
        operation: "Converse",
        input: {
          inputContentType: "application/json",
          inputTokenCount: whole.usage?.inputTokens,
          cacheWriteInputTokenCount: whole.usage?.cacheWriteInputTokens,
          cacheDetails: whole.usage?.cacheDetails,
        },
        output: { outputContentType: "application/json", outputTokenCount: whole.usage?.outputTokens },
      }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({
        ...common,
        operation: "ConverseStream",
        output: expect.objectContaining({ outputTokenCount: 4 }),
      }),
    );
  } finally {
    await local.close();
  }
});
