import { expect, test } from "vitest";
import { readLogRecord } from "./log-record.ts";

const requestMetadata = {
  caprock_tenant: "t1",
  caprock_request: "req_1",
  caprock_key: "k1",
  caprock_wire: "openai.chat",
};
const record = {
  schemaType: "ModelInvocationLog",
  schemaVersion: "1.0",
  timestamp: "2026-11-22T18:25:00Z",
  requestId: "aws-1",
  operation: "ConverseStream",
  modelId: "us.vendor.model",
  requestMetadata,
  input: { inputContentType: "application/json", inputTokenCount: 10, inputBodyJson: { messages: [] } },
  output: { outputTokenCount: 5 },
};
const read = (change: object) => readLogRecord(JSON.stringify({ ...record, ...change }));

test("a record tells whose call it was, what was invoked and what it used", () => {
  expect(read({})).toEqual({
    awsRequestId: "aws-1",
    requestId: "req_1",
    tenantId: "t1",
    apiKeyId: "k1",
    wire: "openai.chat",
    application: "default",
    invokedId: "us.vendor.model",
    serviceTier: "default",
    usage: { input: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 5 },
  });
});

test("of a tenant's inference profile, which is opaque, the id tells that it was made from", () => {
  const modelId = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
  expect(
    read({ modelId, requestMetadata: { ...requestMetadata, caprock_source: "us.vendor.model" } }),
  ).toMatchObject({ invokedId: "us.vendor.model" });
});

test("cache writes are told apart by their time to live, and are five-minute ones unless told", () => {
  const counts = { inputTokenCount: 10, cacheReadInputTokenCount: 100, cacheWriteInputTokenCount: 70 };
  const cacheDetails = [
    { ttl: "1h", inputTokens: 50 },
    { ttl: "5m", inputTokens: 20 },
  ];
  expect(read({ input: { ...counts, cacheDetails } })?.usage).toEqual({
    input: 10,
    cacheRead: 100,
    cacheWrite5m: 20,
    cacheWrite1h: 50,
    output: 5,
  });
  expect(read({ input: counts })?.usage).toMatchObject({ cacheWrite5m: 70, cacheWrite1h: 0 });
});

test("a call that answered nothing used its input only, and its tier is kept", () => {
  expect(read({ output: undefined, serviceTier: "flex" })).toMatchObject({
    serviceTier: "flex",
    usage: { input: 10, output: 0 },
  });
});

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["a record of somebody else's call", JSON.stringify({ ...record, requestMetadata: { team: "x" } })],
  ["a record without metadata", JSON.stringify({ ...record, requestMetadata: undefined })],
  ["a record without a request", JSON.stringify({ ...record, requestMetadata: { caprock_tenant: "t1" } })],
  ["a negative count", JSON.stringify({ ...record, input: { inputTokenCount: -1 } })],
  ["another kind of line", JSON.stringify({ schemaType: "Other" })],
  ["null", "null"],
])("%s is passed over", (_, line) => {
  expect(readLogRecord(line)).toBeUndefined();
});
