import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  CountTokensCommand,
  type Message,
  type Tool,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { bedrockClient, readAll, textOf } from "../test-clients.ts";
import { countTokens } from "./tokenize.ts";

let local: AwsLocal;
beforeAll(async () => {
  local = await startAwsLocal({
    models: [
      { id: "test.model-v1:0", maxOutputTokens: 1_000, contextWindowTokens: 3_000, countTokens: true },
      { id: "us.test.model-v1:0", maxOutputTokens: 1_000, contextWindowTokens: 3_000, countTokens: false },
      { id: "anthropic.test", maxOutputTokens: 1_000, contextWindowTokens: 3_000, countTokens: true },
      { id: "amazon.test", maxOutputTokens: 1_000, contextWindowTokens: 3_000, countTokens: false },
    ],
  });
});
afterAll(() => local.close());

const modelId = "test.model-v1:0";
const user = (text: string): Message => ({ role: "user", content: [{ text }] });
const say = (text: string, more: Partial<ConverseCommandInput> = {}): ConverseCommandInput => ({
  modelId,
  messages: [user(text)],
  ...more,
});
const weather: Tool = {
  toolSpec: {
    name: "get_weather",
    description: "The weather of a city.",
    inputSchema: {
      json: {
        type: "object",
        properties: {
          city: { type: "string", minLength: 2 },
          days: { type: "integer", minimum: 1 },
          unit: { enum: ["C", "F"] },
        },
        required: ["city", "days", "unit"],
      },
    },
  },
};

test("of search results the piece that the question shares words with is quoted, and cited where it is asked for, whole and streamed", async () => {
  const searchResult = (source: string, text: string, enabled: boolean) => ({
    searchResult: { source, title: source, content: [{ text: "No." }, { text }], citations: { enabled } },
  });
  const ask = (enabled: boolean) => ({
    modelId,
    messages: [
      {
        role: "user" as const,
        content: [
          searchResult("a", "The lamp is red.", enabled),
          searchResult("b", "The shed is green.", enabled),
          { text: "Which colour has the shed?" },
        ],
      },
    ],
  });
  const location = { searchResultLocation: { searchResultIndex: 1, start: 1, end: 2 } };
  const client = bedrockClient(local.url, { http1: true });
  const { output } = await client.send(new ConverseCommand(ask(true)));
  const cited = output?.message?.content?.flatMap(({ citationsContent }) => citationsContent ?? []);
  expect(cited).toEqual([
    {
      content: [{ text: ' "b" says: "The shed is green."' }],
      citations: [expect.objectContaining({ location })],
    },
  ]);
  const { stream } = await client.send(new ConverseStreamCommand(ask(true)));
  const locations: unknown[] = [];
  for await (const { contentBlockDelta } of stream ?? []) {
    locations.push(
      ...(contentBlockDelta?.delta?.citation ? [contentBlockDelta.delta.citation.location] : []),
    );
  }
  expect(locations).toEqual([location]);
  const plain = await client.send(new ConverseCommand(ask(false)));
  expect(plain.output?.message?.content?.at(-1)).toEqual({ text: ' "b" says: "The shed is green."' });
});

for (const http1 of [false, true]) {
  describe(`over ${http1 ? "HTTP/1.1" : "HTTP/2"}`, () => {
    const client = () => bedrockClient(local.url, { http1 });

    test("Converse answers a text that says that it is simulated, with usage", async () => {
      const answer = await client().send(new ConverseCommand(say("What is a caprock?")));
      const text = answer.output?.message?.content?.[0]?.text ?? "";
      expect(text).toMatch(/^\[simulated by aws-local\].*What is a caprock\?/);
      expect(answer.stopReason).toBe("end_turn");
      expect(answer.usage?.outputTokens).toBe(countTokens(text));
      expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    });

    test("ConverseStream sends its events in AWS's order, and says and counts the same as Converse", async () => {
      const whole = await client().send(new ConverseCommand(say("Hello there")));
      const events = await readAll(await client().send(new ConverseStreamCommand(say("Hello there"))));
      const names = events.flatMap((event) => Object.keys(event));
      const order = names.filter((name, index) => name !== names[index - 1]);
      expect(order).toEqual([
        "messageStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
      ]);
      expect(textOf(events)).toBe(whole.output?.message?.content?.[0]?.text);
      expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
    });
  });
}

test("a cut answer has exactly max_tokens tokens, streamed or not", async () => {
  const input = say("[[tokens=200]]", { inferenceConfig: { maxTokens: 57 } });
  const answer = await bedrockClient(local.url).send(new ConverseCommand(input));
  expect(answer.stopReason).toBe("max_tokens");
  expect(answer.usage?.outputTokens).toBe(57);
  expect(countTokens(answer.output?.message?.content?.[0]?.text ?? "")).toBe(57);
  const events = await readAll(await bedrockClient(local.url).send(new ConverseStreamCommand(input)));
  expect(countTokens(textOf(events))).toBe(57);
  expect(events.at(-1)?.metadata?.usage?.outputTokens).toBe(57);
});

test("the length directive is met to the token", async () => {
  const answer = await bedrockClient(local.url).send(new ConverseCommand(say("[[tokens=321]] please")));
  expect(answer.usage?.outputTokens).toBe(321);
  expect(answer.stopReason).toBe("end_turn");
});

test("an answer ends before the first stop sequence", async () => {
  const input = say("one two STOP three", { inferenceConfig: { stopSequences: ["STOP", "three"] } });
  const answer = await bedrockClient(local.url).send(new ConverseCommand(input));
  expect(answer.stopReason).toBe("stop_sequence");
  expect(answer.output?.message?.content?.[0]?.text).toMatch(/one two $/);
});

test("a forced tool is called with an input that satisfies its schema", async () => {
  const toolConfig = { tools: [weather], toolChoice: { any: {} } };
  const answer = await bedrockClient(local.url).send(new ConverseCommand(say("Rain?", { toolConfig })));
  expect(answer.stopReason).toBe("tool_use");
  expect(answer.output?.message?.content?.[0]?.toolUse).toMatchObject({
    name: "get_weather",
    input: { city: "example", days: 1, unit: "C" },
  });
});

test("parallel tool calls stream as blocks of their own and their results are answered", async () => {
  const ask = 'Both: [[tool=get_weather {"city":"Bonn"}]] [[tool=get_weather {"city":"Ulm"}]]';
  const toolConfig = { tools: [weather] };
  const events = await readAll(
    await bedrockClient(local.url).send(new ConverseStreamCommand(say(ask, { toolConfig }))),
  );
  const uses = events.flatMap((event) => event.contentBlockStart?.start?.toolUse ?? []);
  const inputs = [0, 1].map((index) =>
    events
      .filter((event) => event.contentBlockDelta?.contentBlockIndex === index)
      .map((event) => event.contentBlockDelta?.delta?.toolUse?.input)
      .join(""),
  );
  expect(inputs.map((input) => JSON.parse(input))).toEqual([{ city: "Bonn" }, { city: "Ulm" }]);
  expect(new Set(uses.map((use) => use.toolUseId)).size).toBe(2);
  const answer = await bedrockClient(local.url).send(
    new ConverseCommand({
      modelId,
      toolConfig,
      messages: [
        user(ask),
        {
          role: "assistant",
          content: uses.map(({ toolUseId, name }) => ({ toolUse: { toolUseId, name, input: {} } })),
        },
        {
          role: "user",
          content: uses.map(({ toolUseId }) => ({ toolResult: { toolUseId, content: [{ text: "sunny" }] } })),
        },
      ],
    }),
  );
  expect(answer.output?.message?.content?.[0]?.text).toContain("The tool answered: sunny");
});

describe("a request that AWS would refuse is a ValidationException", () => {
  const assistant: Message = { role: "assistant", content: [{ text: "Hi" }] };
  const call: Message = {
    role: "assistant",
    content: [{ toolUse: { toolUseId: "a", name: "get_weather", input: {} } }],
  };
  const result = (toolUseId: string): Message => ({
    role: "user",
    content: [{ toolResult: { toolUseId, content: [{ text: "x" }] } }],
  });
  const toolConfig = { tools: [weather] };
  const documents = (...names: string[]): Message => ({
    role: "user",
    content: names.map((name) => ({ document: { name, format: "txt", source: { text: "x" } } })),
  });
  const thought = (signature?: string): Message[] => [
    user("x"),
    { role: "assistant", content: [{ reasoningContent: { reasoningText: { text: "Hm.", signature } } }] },
    user("y"),
  ];
  test.each<[string, Partial<ConverseCommandInput>, RegExp]>([
    ["assistant first", { messages: [assistant, user("x")] }, /must start with a user message/],
    ["same role twice", { messages: [user("x"), user("y")] }, /must alternate/],
    ["no content", { messages: [{ role: "user", content: [] }] }, /is empty/],
    ["blank text", { messages: [user("  ")] }, /is blank/],
    ["unanswered tool call", { messages: [user("x"), call, user("y")], toolConfig }, /Expected toolResult/],
    [
      "result of another call",
      { messages: [user("x"), call, result("b")], toolConfig },
      /Expected toolResult/,
    ],
    [
      "result without a call",
      { messages: [user("x"), assistant, result("a")], toolConfig },
      /exceeds the number/,
    ],
    [
      "tools without toolConfig",
      { messages: [user("x"), call, result("a")] },
      /toolConfig field must be defined/,
    ],
    ["no tokens asked", { inferenceConfig: { maxTokens: 0 } }, /inferenceConfig.maxTokens/],
    ["too many tokens asked", { inferenceConfig: { maxTokens: 1_001 } }, /exceeds the model limit/],
    ["prompt over the window", { messages: [user("word ".repeat(3_000))] }, /Input is too long/],
    ["six documents", { messages: [documents("a", "b", "c", "d", "e", "f")] }, /more than 5 documents/],
    ["two documents of a name", { messages: [documents("a", "A")] }, /duplicate document names/],
    ["a signature for another model than Claude", { messages: thought("s") }, /signature field/],
    [
      "unsigned reasoning for Claude",
      { modelId: "anthropic.test", messages: thought() },
      /^messages.1.content.0.thinking.signature: Field required$/,
    ],
    [
      "reasoning for Nova",
      { modelId: "amazon.test", messages: thought() },
      /cannot contain reasoning content/,
    ],
    ["unknown model", { modelId: "test.other" }, /model identifier is invalid/],
  ])("%s", async (_, more, message) => {
    const refused = bedrockClient(local.url).send(new ConverseCommand(say("x", more)));
    await expect(refused).rejects.toMatchObject({ name: "ValidationException", message, $fault: "client" });
  });
});

test("a call without credentials is refused", async () => {
  const answer = await fetch(`${local.url}/model/x/converse`, { method: "POST", body: "{}" });
  expect(answer.status).toBe(403);
  expect(answer.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
});

test("CountTokens equals the input tokens of the same request, and is refused where the model has none", async () => {
  const converse = { messages: [user("How long is this?")], system: [{ text: "Be brief." }] };
  const counted = await bedrockClient(local.url).send(
    new CountTokensCommand({ modelId, input: { converse } }),
  );
  const answer = await bedrockClient(local.url).send(new ConverseCommand({ modelId, ...converse }));
  expect(counted.inputTokens).toBe(answer.usage?.inputTokens);
  const refused = new CountTokensCommand({ modelId: `us.${modelId}`, input: { converse } });
  await expect(bedrockClient(local.url).send(refused)).rejects.toThrow(/doesn't support counting tokens/);
});

test("a cached prefix is written once and read after, never counted as input too", async () => {
  const system = [
    { text: "Long instructions, repeated. ".repeat(20) },
    { cachePoint: { type: "default", ttl: "1h" } },
  ];
  const ask = (text: string) =>
    bedrockClient(local.url).send(new ConverseCommand({ ...say(text), system } as ConverseCommandInput));
  const first = (await ask("first")).usage;
  const second = (await ask("second")).usage;
  expect(first?.cacheWriteInputTokens).toBeGreaterThan(100);
  expect(first?.cacheDetails).toEqual([{ ttl: "1h", inputTokens: first?.cacheWriteInputTokens }]);
  expect(second).toMatchObject({
    cacheReadInputTokens: first?.cacheWriteInputTokens,
    cacheWriteInputTokens: 0,
  });
  expect(second?.inputTokens).toBeLessThan(20);
});

test("reasoning comes before the text with its signature, whole and streamed, and counts as output", async () => {
  const input = say("[[think]] [[tokens=20]]");
  const whole = await bedrockClient(local.url).send(new ConverseCommand(input));
  const [thought, answer] = whole.output?.message?.content ?? [];
  const { text = "", signature } = thought?.reasoningContent?.reasoningText ?? {};
  expect(signature).toMatch(/./);
  expect(countTokens(answer?.text ?? "")).toBe(20);
  expect(whole.usage?.outputTokens).toBe(20 + countTokens(text));
  const events = await readAll(await bedrockClient(local.url).send(new ConverseStreamCommand(input)));
  const deltas = events.flatMap((event) => event.contentBlockDelta?.delta?.reasoningContent ?? []);
  expect(deltas.map((delta) => delta.text ?? "").join("")).toBe(text);
  expect(deltas.at(-1)?.signature).toBe(signature);
  expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
});
