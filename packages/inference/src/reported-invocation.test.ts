import { expect, test } from "vitest";
import { hourWrites, reportedByChunk, reportedInvocation } from "./reported-invocation.ts";

const none = () => undefined;
const usageOf = (input: number, output: number, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0) => ({
  input,
  output,
  cacheRead,
  cacheWrite5m,
  cacheWrite1h,
});
const counted = (cacheWrite: number) => ({
  "x-amzn-bedrock-input-token-count": "7",
  "x-amzn-bedrock-output-token-count": "5",
  "x-amzn-bedrock-cache-read-input-token-count": "3",
  "x-amzn-bedrock-cache-write-input-token-count": String(cacheWrite),
});

test("Bedrock's headers are read, and the body is not asked for where they say all", () => {
  const body = () => {
    throw new Error("was asked for");
  };
  expect(reportedInvocation(counted(0), body)).toEqual(usageOf(7, 5, 3));
});

test("cache writes are told apart by their lifetime where the body does", () => {
  const body = { usage: { cache_creation: { ephemeral_1h_input_tokens: 4, ephemeral_5m_input_tokens: 6 } } };
  expect(reportedInvocation(counted(10), () => body)).toEqual(usageOf(7, 5, 3, 6, 4));
  expect(reportedInvocation(counted(10), none)).toEqual(usageOf(7, 5, 3, 10, 0));
  expect(hourWrites({ message: body })).toBe(4);
});

test.each<[string, object, object]>([
  [
    "Anthropic's",
    {
      usage: {
        input_tokens: 7,
        output_tokens: 5,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 10,
        cache_creation: { ephemeral_1h_input_tokens: 4 },
      },
    },
    usageOf(7, 5, 3, 6, 4),
  ],
  [
    "Nova's",
    { usage: { inputTokens: 7, outputTokens: 5, cacheReadInputTokenCount: 3, cacheWriteInputTokenCount: 2 } },
    usageOf(7, 5, 3, 2),
  ],
  ["Llama's", { prompt_token_count: 7, generation_token_count: 5 }, usageOf(7, 5)],
  [
    "chat completions', whose prompt includes what a cache had",
    { usage: { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } } },
    usageOf(7, 5, 3),
  ],
  ["Titan's", { inputTextTokenCount: 7 }, usageOf(7, 0)],
])("without headers the body is read: %s", (_, body, usage) => {
  expect(reportedInvocation({}, () => body)).toEqual(usage);
});

test.each([
  [{}, undefined],
  [{}, { usage: { input_tokens: -1, output_tokens: 2 } }],
  [{}, { usage: { input_tokens: 1.5, output_tokens: 2 } }],
  [{ "x-amzn-bedrock-input-token-count": "many" }, "text"],
])("nothing is made up: %j and %j tell no usage", (headers, body) => {
  expect(reportedInvocation(headers, () => body)).toBeUndefined();
});

test("a stream's usage is that of the chunk with Bedrock's counts, and of no other", () => {
  const metrics = { inputTokenCount: 7, outputTokenCount: 5, cacheWriteInputTokenCount: 10 };
  expect(reportedByChunk({ "amazon-bedrock-invocationMetrics": metrics }, 4)).toEqual(usageOf(7, 5, 0, 6, 4));
  expect(reportedByChunk({ usage: { input_tokens: 7, output_tokens: 1 } }, 0)).toBeUndefined();
});
