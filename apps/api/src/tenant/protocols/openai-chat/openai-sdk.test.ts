/** The real OpenAI SDK reads what these mappers write, over loopback. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterEach, expect, test } from "vitest";
import { sseEvent } from "../../../http/server-sent-events.ts";
import type { ConverseStreamEvent } from "../converse-json.ts";
import { listModels } from "../openai/list-models.ts";
import { streamError, toErrorAnswer } from "../openai/to-error.ts";
import { sseDone } from "./sse.ts";
import { ChunkMapper } from "./to-chunks.ts";
import { toCompletion } from "./to-completion.ts";

const origin = { requestId: "req_1", createdSeconds: 1_790_000_000, model: "m" };
const usage = { inputTokens: 10, outputTokens: 4, cacheReadInputTokens: 5 };
const usageSeen = { prompt_tokens: 15, completion_tokens: 4, total_tokens: 19 };
const question = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };

const recorded: ConverseStreamEvent[] = [
  { messageStart: { role: "assistant" } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: "Hm." } } } },
  { contentBlockStop: { contentBlockIndex: 0 } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "I look\nup " } } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "“Oslo” 🌧." } } },
  { contentBlockStop: { contentBlockIndex: 1 } },
  { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: "a", name: "weather" } } } },
  { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '{"city":' } } } },
  { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '"Oslo"}' } } } },
  { contentBlockStop: { contentBlockIndex: 2 } },
  { contentBlockStart: { contentBlockIndex: 3, start: { toolUse: { toolUseId: "b", name: "now" } } } },
  { contentBlockStop: { contentBlockIndex: 3 } },
  { messageStop: { stopReason: "tool_use" } },
  { metadata: { usage } },
];
const textSeen = "I look\nup “Oslo” 🌧.";
const callsSeen = [
  { id: "a", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
  { id: "b", type: "function", function: { name: "now", arguments: "{}" } },
];

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces: readonly string[];
}

/** A client of a server that gives every call this answer; `calls` counts them. */
async function clientOf({ status = 200, headers = {}, pieces }: Answer) {
  const seen = { calls: 0 };
  server = createServer((_, response) => {
    seen.calls += 1;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    for (const piece of pieces) {
      response.write(piece);
    }
    response.end();
  });
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "k" });
  return { client, seen };
}

function streamOf(events: readonly ConverseStreamEvent[], last: string, includeUsage = true): Answer {
  const mapper = new ChunkMapper({ ...origin, includeUsage });
  const chunks = events.flatMap((event) => mapper.map(event) ?? []);
  return {
    headers: { "content-type": "text/event-stream" },
    pieces: [...chunks.map((chunk) => sseEvent(chunk)), last],
  };
}

test("a streamed answer is read whole: text, tool calls, finish reason and usage", async () => {
  const { client } = await clientOf(streamOf(recorded, sseDone));
  const completion = await client.chat.completions.stream(question).finalChatCompletion();
  expect(completion.id).toBe("chatcmpl-req_1");
  const choice = completion.choices[0]!;
  expect(choice.message.content).toBe(textSeen);
  expect(choice.message.tool_calls).toMatchObject(callsSeen);
  expect(choice.finish_reason).toBe("tool_calls");
  expect(completion.usage).toMatchObject(usageSeen);
  expect(completion.usage?.prompt_tokens_details?.cached_tokens).toBe(5);
});

test.each([true, false])(
  "the raw stream ends by itself, and holds usage once or never (asked: %j)",
  async (asked) => {
    const { client } = await clientOf(streamOf(recorded, sseDone, asked));
    let text = "";
    let usages = 0;
    for await (const chunk of await client.chat.completions.create({ ...question, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
      usages += chunk.usage ? 1 : 0;
    }
    expect(text).toBe(textSeen);
    expect(usages).toBe(asked ? 1 : 0);
  },
);

test("the streamed message is the message of the same answer unstreamed", async () => {
  const content = [
    { reasoningContent: { reasoningText: { text: "Hm." } } },
    { text: textSeen },
    { toolUse: { toolUseId: "a", name: "weather", input: { city: "Oslo" } } },
    { toolUse: { toolUseId: "b", name: "now", input: {} } },
  ];
  const whole = toCompletion({ output: { message: { content } }, stopReason: "tool_use", usage }, origin);
  const { client } = await clientOf({ pieces: [JSON.stringify(whole)] });
  const { message, finish_reason } = (await client.chat.completions.create(question)).choices[0]!;
  expect(message.content).toBe(textSeen);
  expect(message.tool_calls).toEqual(callsSeen);
  expect(message).toHaveProperty("reasoning_content", "Hm.");
  expect(finish_reason).toBe("tool_calls");
});

test("an error in mid-stream is thrown with its code, after the text before it was given out", async () => {
  const broken = streamError({ code: "upstream_failed", message: "Bedrock broke off." });
  const { client } = await clientOf(streamOf(recorded.slice(0, 5), broken));
  let text = "";
  const read = async () => {
    for await (const chunk of await client.chat.completions.create({ ...question, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
  };
  await expect(read()).rejects.toMatchObject({ code: "upstream_failed", type: "server_error" });
  expect(text).toBe(textSeen);
});

test("a spent budget is one RateLimitError with Caprock's code and details, and is not tried again", async () => {
  const details = { remainingUsd: "0.000012000" };
  const { status, headers, body } = toErrorAnswer(
    { code: "budget_exceeded", message: "Spent.", details },
    "req_1",
  );
  const { client, seen } = await clientOf({ status, headers, pieces: [JSON.stringify(body)] });
  const failure = await client.chat.completions.create(question).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(OpenAI.RateLimitError);
  expect(failure).toMatchObject({
    code: "budget_exceeded",
    type: "insufficient_quota",
    requestID: "req_1",
    error: { details },
  });
  expect(seen.calls).toBe(1);
});

test("the model list is read by the SDK's pager", async () => {
  const supports = {
    tools: true,
    toolsWhileStreaming: true,
    images: true,
    system: true,
    countTokens: false,
    forcedTools: true,
    structuredOutput: false,
    searchResults: false,
  };
  const list = listModels(
    [
      {
        id: "amazon.nova-lite-v1:0",
        name: "Nova Lite",
        vendor: "amazon",
        modality: "chat",
        profiles: ["us"],
        callableBare: true,
        contextWindowTokens: 300_000,
        maxOutputTokens: 10_000,
        supports,
        tokenizerFactor: 1,
      },
    ],
    1_790_000_000,
  );
  const { client } = await clientOf({ pieces: [JSON.stringify(list)] });
  const ids: string[] = [];
  for await (const model of client.models.list()) {
    ids.push(model.id);
  }
  expect(ids).toEqual(["amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"]);
});
