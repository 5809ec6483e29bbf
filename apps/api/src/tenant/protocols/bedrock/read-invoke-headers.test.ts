import { expect, test } from "vitest";
import { readInvokeHeaders } from "./read-invoke-headers.ts";

test.each([
  ["x-caprock-context", '{"windowTokens":4000}'],
  ["x-caprock-report", "context"],
  ["x-amzn-bedrock-performanceconfig-latency", "optimized"],
  ["x-amzn-bedrock-unheard-of", "1"],
])("a header that cannot be honoured is refused by name: %s", (name, value) => {
  expect(readInvokeHeaders(new Headers({ [name]: value }))).toMatchObject({
    refused: { code: "unsupported_parameter", param: name, message: expect.stringContaining(name) },
  });
});

test("what Bedrock takes is passed on, and nothing else", () => {
  const headers = {
    accept: "application/json",
    "x-amzn-bedrock-service-tier": "flex",
    "x-amzn-bedrock-performanceconfig-latency": "standard",
  };
  const read = readInvokeHeaders(new Headers({ ...headers, authorization: "Bearer secret", cookie: "a" }));
  expect(read).toEqual({ headers, serviceTier: "flex", requestMetadata: {} });
});
