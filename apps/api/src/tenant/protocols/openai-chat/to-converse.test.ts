import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import { allModels } from "@caprock/inference";
import type { TurnMessage } from "@caprock/memory";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import type { ConverseBody } from "../converse-json.ts";
import { parseChatCompletion } from "./request.ts";
import { toConverse } from "./to-converse.ts";

const nova = allModels.find(({ id }) => id === "amazon.nova-lite-v1:0")!;

type Messages = ChatCompletionCreateParams["messages"];
type Members = Partial<ChatCompletionCreateParams>;

function map(messages: Messages, members: Members = {}, history: readonly TurnMessage[] = []) {
  const parsed = parseChatCompletion({ model: "m", messages, ...members });
  return "refused" in parsed ? parsed : toConverse(parsed.request, { model: nova, streamed: false, history });
}

function bodyOf(
  messages: Messages,
  members: Members = {},
  history: readonly TurnMessage[] = [],
): ConverseBody {
  const mapped = map(messages, members, history);
  if ("refused" in mapped) {
    throw new Error(mapped.refused.message);
  }
  return mapped.body;
}

const user = (content: string) => ({ role: "user" as const, content });
const assistant = (content: string) => ({ role: "assistant" as const, content });
const call = (id: string, args = "{}", name = "weather") => ({
  id,
  type: "function" as const,
  function: { name, arguments: args },
});
const calls = (...tool_calls: ReturnType<typeof call>[]) => ({
  role: "assistant" as const,
  content: null,
  tool_calls,
});
const result = (tool_call_id: string, content: string) => ({ role: "tool" as const, tool_call_id, content });

test("a plain question becomes one user message and nothing else", () => {
  expect(bodyOf([user("Hi")])).toEqual({ messages: [{ role: "user", content: [{ text: "Hi" }] }] });
});

test("system and developer texts are collected in order, wherever they stand", () => {
  const body = bodyOf([
    { role: "system", content: "One." },
    user("Hi"),
    {
      role: "developer",
      content: [
        { type: "text", text: "Two." },
        { type: "text", text: "Three." },
      ],
    },
    { role: "system", content: "" },
    user("Are you there?"),
  ]);
  expect(body.system).toEqual([{ text: "One." }, { text: "Two." }, { text: "Three." }]);
  expect(body.messages).toEqual([{ role: "user", content: [{ text: "Hi" }, { text: "Are you there?" }] }]);
});

test("neighbours of one role become one message", () => {
  expect(bodyOf([user("a"), user("b"), assistant("c"), assistant("d"), user("e")]).messages).toEqual([
    { role: "user", content: [{ text: "a" }, { text: "b" }] },
    { role: "assistant", content: [{ text: "c" }, { text: "d" }] },
    { role: "user", content: [{ text: "e" }] },
  ]);
});

test("results of parallel calls stand in one user message, in front of its text", () => {
  const body = bodyOf([
    user("Oslo and Rome?"),
    calls(call("a", '{"city":"Oslo"}'), call("b", '{"city":"Rome"}')),
    result("a", "rain"),
    user("Hurry."),
    result("b", "sun"),
  ]);
  expect(body.messages.slice(1)).toEqual([
    {
      role: "assistant",
      content: [
        { toolUse: { toolUseId: "a", name: "weather", input: { city: "Oslo" } } },
        { toolUse: { toolUseId: "b", name: "weather", input: { city: "Rome" } } },
      ],
    },
    {
      role: "user",
      content: [
        { toolResult: { toolUseId: "a", content: [{ text: "rain" }] } },
        { toolResult: { toolUseId: "b", content: [{ text: "sun" }] } },
        { text: "Hurry." },
      ],
    },
  ]);
});

test("a call that a session kept may be answered, an earlier one may not, and neither declares a tool", () => {
  const kept = (toolUseId: string, name: string): TurnMessage => ({
    role: "assistant",
    content: [{ toolUse: { toolUseId, name, input: {} } }],
  });
  const history = [kept("a", "weather"), kept("b", "news")];
  expect(bodyOf([user("Never mind.")], {}, history)).not.toHaveProperty("toolConfig");
  const answer = { role: "tool" as const, tool_call_id: "b", content: "Rain." };
  expect(bodyOf([answer], {}, history)).not.toHaveProperty("toolConfig");
  expect(map([{ ...answer, tool_call_id: "a" }], {}, history)).toMatchObject({
    refused: { param: "messages[0].tool_call_id" },
  });
});

test("a tool that returned nothing is said to have: Converse takes no blank text", () => {
  const body = bodyOf([user("Go"), calls(call("a")), result("a", " \n")]);
  expect(body.messages[2]?.content).toEqual([
    { toolResult: { toolUseId: "a", content: [{ text: "(no output)" }] } },
  ]);
});

test("blank texts are dropped next to others, and refusals of the assistant are texts", () => {
  const body = bodyOf([
    {
      role: "user",
      content: [
        { type: "text", text: " " },
        { type: "text", text: "Hi" },
      ],
    },
    { role: "assistant", content: "", refusal: "I will not." },
    user("Why?"),
    { role: "assistant", content: [{ type: "refusal", refusal: "Because." }] },
  ]);
  expect(body.messages.map((message) => message.content)).toEqual([
    [{ text: "Hi" }],
    [{ text: "I will not." }],
    [{ text: "Why?" }],
    [{ text: "Because." }],
  ]);
});

test("limits and sampling become inferenceConfig, and what is not sent is not there", () => {
  expect(
    bodyOf([user("Hi")], { max_completion_tokens: 50, temperature: 0, top_p: 0.5, stop: "END" })
      .inferenceConfig,
  ).toEqual({ maxTokens: 50, temperature: 0, topP: 0.5, stopSequences: ["END"] });
  expect(bodyOf([user("Hi")], { max_tokens: 50, stop: ["a", "b"] }).inferenceConfig).toEqual({
    maxTokens: 50,
    stopSequences: ["a", "b"],
  });
  expect(bodyOf([user("Hi")], { stop: [], temperature: null })).not.toHaveProperty("inferenceConfig");
  expect(map([user("Hi")], { max_tokens: 50, max_completion_tokens: 51 })).toMatchObject({
    refused: { code: "invalid_request", param: "max_tokens" },
  });
});

test.each<[string, Messages, string]>([
  ["only system messages", [{ role: "system", content: "Be brief." }], "messages"],
  [
    "an assistant's message first",
    [{ role: "system", content: "a" }, assistant("b"), user("c")],
    "messages[1]",
  ],
  ["a blank question", [user(" ")], "messages[0].content"],
  ["a question without parts", [{ role: "user", content: [] }], "messages[0].content"],
  ["an assistant's message without text or calls", [user("a"), { role: "assistant" }], "messages[1].content"],
  ["a result without a call", [user("a"), result("x", "1")], "messages[1].tool_call_id"],
  ["a result first", [result("x", "1")], "messages[0].tool_call_id"],
  [
    "a result for a call of an older turn",
    [user("a"), calls(call("x")), result("x", "1"), assistant("b"), result("x", "1")],
    "messages[4].tool_call_id",
  ],
  [
    "two results for one call",
    [user("a"), calls(call("x")), result("x", "1"), result("x", "2")],
    "messages[3].tool_call_id",
  ],
  ["one id for two calls", [user("a"), calls(call("x"), call("x"))], "messages[1].tool_calls"],
  [
    "arguments that are not JSON",
    [user("a"), calls(call("x"), call("y", "{city"))],
    "messages[1].tool_calls[1].function.arguments",
  ],
  [
    "an image that is not base64",
    [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,?" } }] }],
    "messages[0].content[0].image_url.url",
  ],
])("%s is refused, and the refusal names it", (_, messages, param) => {
  expect(map(messages)).toMatchObject({ refused: { code: "invalid_request", param } });
});

test("an image by web address is refused as unsupported, and the refusal names the part", () => {
  const content = [
    { type: "text" as const, text: "What is this?" },
    { type: "image_url" as const, image_url: { url: "https://example.com/a.png" } },
  ];
  expect(map([user("a"), { role: "user", content }])).toMatchObject({
    refused: { code: "unsupported_parameter", param: "messages[1].content[1]" },
  });
});

test("the body is what the AWS SDK sends for the same conversation", async () => {
  const bytes = "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=";
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const body = bodyOf(
    [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Where is this?" },
          { type: "image_url", image_url: { url: `data:image/gif;base64,${bytes}` } },
        ],
      },
      calls(call("a", '{"city":"Oslo","days":[1,2.5,null,true]}')),
      result("a", "rain"),
    ],
    {
      max_tokens: 10,
      temperature: 0.5,
      stop: "END",
      tools: [{ type: "function", function: { name: "weather", parameters, strict: true } }],
      tool_choice: "required",
    },
  );
  const input: ConverseCommandInput = {
    modelId: "m",
    system: [{ text: "Be brief." }],
    messages: [
      {
        role: "user",
        content: [
          { text: "Where is this?" },
          { image: { format: "gif", source: { bytes: Buffer.from(bytes, "base64") } } },
        ],
      },
      {
        role: "assistant",
        content: [
          {
            toolUse: { toolUseId: "a", name: "weather", input: { city: "Oslo", days: [1, 2.5, null, true] } },
          },
        ],
      },
      { role: "user", content: [{ toolResult: { toolUseId: "a", content: [{ text: "rain" }] } }] },
    ],
    inferenceConfig: { maxTokens: 10, temperature: 0.5, stopSequences: ["END"] },
    toolConfig: {
      tools: [{ toolSpec: { name: "weather", inputSchema: { json: parameters }, strict: true } }],
      toolChoice: { any: {} },
    },
  };
  expect(JSON.parse(JSON.stringify(body))).toEqual(await bodySentBySdk(input));
});

/** Lets the real client serialize a command and stops it where it would open a connection. */
async function bodySentBySdk(input: ConverseCommandInput): Promise<unknown> {
  let sent = "";
  const stop = new Error("The body is all that is wanted.");
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    requestHandler: {
      handle: async (request: { body: string | Uint8Array }) => {
        sent = typeof request.body === "string" ? request.body : new TextDecoder().decode(request.body);
        throw stop;
      },
    },
  });
  await expect(client.send(new ConverseCommand(input))).rejects.toBe(stop);
  return JSON.parse(sent);
}
