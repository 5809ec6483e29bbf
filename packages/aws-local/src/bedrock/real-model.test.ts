import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { bedrockClient, readAll, textOf } from "../test-clients.ts";

const usage = { prompt_tokens: 30, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 10 } };
const says = (delta: unknown, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});

let asked: Record<string, unknown>;
let answer: { status: number; chunks: unknown[] };
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    asked = { ...JSON.parse(body), authorization: request.headers.authorization, path: request.url };
    response.writeHead(answer.status, { "content-type": "text/event-stream" });
    for (const chunk of answer.chunks) {
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    response.end(answer.chunks.length > 0 ? "data: [DONE]\n\n" : "no");
  });
});

let local: AwsLocal;
beforeEach(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const modelUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  local = await startAwsLocal({ modelUrl, modelName: "tiny", modelApiKey: "secret" });
});
afterEach(async () => {
  await local.close();
  server.closeAllConnections();
  await once(server.close(), "close");
});

const modelId = "any.model";
const ask = { modelId, messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] };

test("a real model's text is passed on unmarked, with the usage that its server reports", async () => {
  answer = {
    status: 200,
    chunks: [says({ content: "Hello " }), says({ content: "you" }), says({}, "stop"), { choices: [], usage }],
  };
  const events = await readAll(await bedrockClient(local.url).send(new ConverseStreamCommand(ask)));
  expect(textOf(events)).toBe("Hello you");
  expect(events.at(-1)?.metadata?.usage).toMatchObject({
    inputTokens: 20,
    cacheReadInputTokens: 10,
    outputTokens: 7,
  });
  expect(local.witness().totals).toMatchObject({ input: 20, cacheRead: 10, output: 7 });
});

test("system prompt, images, tool calls and results, limits and choice reach the server in its form", async () => {
  const call = (index: number, id: string, text: string) =>
    says({ tool_calls: [{ index, id, type: "function", function: { name: "look", arguments: text } }] });
  answer = {
    status: 200,
    chunks: [
      call(0, "c1", '{"a":'),
      says({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
      call(1, "c2", "{}"),
      says({}, "tool_calls"),
    ],
  };
  const said = await bedrockClient(local.url).send(
    new ConverseCommand({
      modelId,
      system: [{ text: "Be brief." }],
      messages: [
        {
          role: "user",
          content: [{ text: "See" }, { image: { format: "png", source: { bytes: Buffer.from("png") } } }],
        },
        { role: "assistant", content: [{ toolUse: { toolUseId: "c0", name: "look", input: { b: 2 } } }] },
        {
          role: "user",
          content: [{ toolResult: { toolUseId: "c0", content: [{ json: { ok: true } }] } }, { text: "And?" }],
        },
      ],
      inferenceConfig: { maxTokens: 50, temperature: 0.5, stopSequences: ["END"] },
      toolConfig: {
        tools: [{ toolSpec: { name: "look", inputSchema: { json: { type: "object" } } } }],
        toolChoice: { any: {} },
      },
    }),
  );
  expect(said.stopReason).toBe("tool_use");
  expect(said.output?.message?.content).toEqual([
    { toolUse: { toolUseId: "c1", name: "look", input: { a: 1 } } },
    { toolUse: { toolUseId: "c2", name: "look", input: {} } },
  ]);
  expect(asked).toMatchObject({
    path: "/v1/chat/completions",
    authorization: "Bearer secret",
    model: "tiny",
    max_tokens: 50,
    temperature: 0.5,
    stop: ["END"],
    tool_choice: "required",
    tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "See" },
          { type: "image_url", image_url: { url: "data:image/png;base64,cG5n" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c0", function: { name: "look", arguments: '{"b":2}' } }],
      },
      { role: "tool", tool_call_id: "c0", content: '{"ok":true}' },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ],
  });
});

test.each([
  [429, "ThrottlingException"],
  [400, "ValidationException"],
  [500, "ModelErrorException"],
])("a server that answers %d is a %s, and no call counts as served", async (status, name) => {
  answer = { status, chunks: [] };
  await expect(bedrockClient(local.url).send(new ConverseCommand(ask))).rejects.toMatchObject({ name });
  expect(local.witness()).toMatchObject({ refused: 1, totals: { count: 0 } });
});

test("an answer that breaks off is an error in the stream and counts as failed", async () => {
  answer = { status: 200, chunks: [says({ content: "Hel" })] };
  const output = await bedrockClient(local.url).send(new ConverseStreamCommand(ask));
  await expect(readAll(output)).rejects.toMatchObject({ name: "ModelStreamErrorException" });
  expect(local.witness().invocations).toMatchObject([{ status: "failed", usage: { output: 1 } }]);
});
