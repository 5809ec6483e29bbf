/**
 * What each SDK throws, whole and in mid-stream, when Bedrock or the store fails behind Caprock. The table beside this file is
 * written by the test (`vitest -u`) and read by people: a change of it is a change for callers.
 */
import Anthropic from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import type { AwsLocal } from "@caprock/aws-local";
import { CaprockSocket } from "@caprock/contract";
import { systemPause } from "@caprock/platform";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Listener, listen } from "../../http/listen.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";
import { openSockets } from "../../testing/open-sockets.ts";
import { handleMessage } from "../../websocket/handle-message.ts";
import { SocketServer, socketPath } from "../../websocket/serve-sockets.ts";

const timeoutMs = 120_000;
const model = "us.anthropic.claude-sonnet-4-6";
const text = "[[tokens=50]]";

let api: OpenApi;
let sockets: Awaited<ReturnType<typeof openSockets>>;
let server: SocketServer;
let listener: Listener;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  sockets = await openSockets(api, systemPause);
  const { parts } = sockets;
  const { authentication, random, live } = parts;
  server = new SocketServer({
    authentication,
    random,
    problemOf: live.problemOf,
    handle: (message, connection) => handleMessage(message, connection, parts),
  });
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    fetch: api.fetch,
    upgrade: (request, socket, head) => server.upgrade(request, socket, head),
  });
}, timeoutMs);
afterAll(async () => {
  server?.close();
  sockets?.close();
  await listener?.drain(0);
  await api?.close();
});

type Fault = Parameters<AwsLocal["addFault"]>[0];
const bedrock = (fault: object): Fault => ({ service: "bedrock", kind: "error", ...fault }) as Fault;

/** By what goes wrong. The first four come before any answer. */
const faults: Readonly<Record<string, Fault>> = {
  "Bedrock throttles": bedrock({ kind: "throttle" }),
  "Bedrock fails": bedrock({}),
  "Bedrock is unavailable": bedrock({ kind: "unavailable" }),
  "Bedrock's model times out": bedrock({ name: "ModelTimeoutException" }),
  "Bedrock's model is not ready": bedrock({ name: "ModelNotReadyException" }),
  "Bedrock's model fails": bedrock({ name: "ModelErrorException" }),
  "Bedrock finds the request wrong": bedrock({ name: "ValidationException" }),
  "Bedrock denies access": bedrock({ name: "AccessDeniedException" }),
  "Bedrock's quota is used up": bedrock({ name: "ServiceQuotaExceededException" }),
  "the answer is cut": bedrock({ kind: "cut", afterEvents: 0 }),
  "the stream is cut": bedrock({ kind: "cut", afterEvents: 4 }),
  "the stream fails": bedrock({ kind: "exception", afterEvents: 4 }),
  "the stream is throttled": bedrock({ kind: "exception", afterEvents: 4, name: "ThrottlingException" }),
  "the store is down": { service: "dynamodb", kind: "unavailable", count: 50 } as Fault,
};
const messages = [{ role: "user" as const, content: text }];
const vendorBody = JSON.stringify({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 60,
  messages: [{ role: "user", content: [{ type: "text", text }] }],
});

/** The calls, as each SDK makes them. */
function callsOf(
  url: string,
  apiKey: string,
  socket: CaprockSocket,
): Readonly<Record<string, () => Promise<unknown>>> {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
  const chat = { model, messages, max_completion_tokens: 60 };
  const response = { model, input: text, max_output_tokens: 60 };
  const message = { model, max_tokens: 60, messages };
  const converse = {
    modelId: model,
    messages: [{ role: "user" as const, content: [{ text }] }],
    inferenceConfig: { maxTokens: 60 },
  };
  const invoke = { modelId: model, body: vendorBody };
  async function withAws<Answer>(call: (client: BedrockRuntimeClient) => Promise<Answer>): Promise<Answer> {
    const client = new BedrockRuntimeClient({
      endpoint: url,
      region: "us-east-1",
      token: { token: apiKey },
      authSchemePreference: ["httpBearerAuth"],
      maxAttempts: 1,
    });
    try {
      return await call(client);
    } finally {
      client.destroy();
    }
  }
  return {
    "OpenAI chat": () => openai.chat.completions.create(chat),
    "OpenAI chat, streamed": async () =>
      read(await openai.chat.completions.create({ ...chat, stream: true })),
    "OpenAI Responses": () => openai.responses.create(response),
    "OpenAI Responses, streamed": () => openai.responses.stream(response).finalResponse(),
    "OpenAI Responses, its events": async () =>
      lastOf(await openai.responses.create({ ...response, stream: true })),
    "Anthropic Messages": () => anthropic.messages.create(message),
    "Anthropic Messages, streamed": () => anthropic.messages.stream(message).finalMessage(),
    "AWS Converse": () => withAws((aws) => aws.send(new ConverseCommand(converse))),
    "AWS ConverseStream": () =>
      withAws(async (aws) => read((await aws.send(new ConverseStreamCommand(converse))).stream)),
    "AWS InvokeModel": () => withAws((aws) => aws.send(new InvokeModelCommand(invoke))),
    "AWS InvokeModelWithResponseStream": () =>
      withAws(async (aws) => read((await aws.send(new InvokeModelWithResponseStreamCommand(invoke))).body)),
    "Caprock's WebSocket": () => {
      const { modelId, ...body } = converse;
      return read(socket.start({ model: modelId, body }));
    },
  };
}

async function read(stream: AsyncIterable<unknown> | undefined): Promise<void> {
  for await (const _ of stream ?? []) {
  }
}

/** The event that tells of a failure is the last one; it is no exception in this SDK. */
async function lastOf(stream: AsyncIterable<{ readonly type: string; readonly response?: object }>) {
  let last: { readonly type: string; readonly response?: object } | undefined;
  for await (const event of stream) {
    last = event;
  }
  return last;
}

/** The error's type, its HTTP status and Caprock's code, as far as the SDK tells them. */
function described(outcome: unknown): string {
  const { name, status, code, error, problem, type, response, $metadata } = Object(outcome) as Record<
    string,
    never
  >;
  if (outcome instanceof Error) {
    const kind = outcome.constructor.name === "_ServiceException" ? name : outcome.constructor.name;
    const told = code ?? Object(problem).code ?? Object(Object(error).error).code ?? Object(error).code;
    return [kind, status ?? Object($metadata).httpStatusCode, told].filter(Boolean).join(" ");
  }
  const failure = Object(Object(response ?? outcome).error).code;
  return failure === undefined ? "an answer" : `${type ?? "a response"}, ${status ?? "failed"}: ${failure}`;
}

test("what every SDK sees of every fault is as recorded", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey } = await api.newTenant();
  const host = `127.0.0.1:${listener.port}`;
  // Open before anything fails, as it is between the turns of a chat.
  let turns = 0;
  const socket = new CaprockSocket({
    connect: () => new WebSocket(`ws://${host}${socketPath}`, ["caprock.v1", `caprock.key.${apiKey}`]),
    newName: () => `turn-${++turns}`,
  });
  const calls = callsOf(`http://${host}`, apiKey, socket);
  await calls["Caprock's WebSocket"]?.();
  const rows: string[][] = [];
  for (const [what, fault] of Object.entries(faults)) {
    for (const [name, call] of Object.entries(calls)) {
      api.awsLocal.clearFaults();
      api.clock.advance(1_001);
      api.awsLocal.addFault(fault);
      const outcome = await call().catch((error: unknown) => error);
      rows.push([what, name, described(outcome)]);
    }
  }
  api.awsLocal.clearFaults();
  socket.close();
  await expect(asTable(["what goes wrong", "call", "what the SDK throws"], rows)).toMatchFileSnapshot(
    "recorded-faults.md",
  );
});

/** Markdown, its columns as wide as their cells. */
function asTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill = " ") =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |\n`;
  const rule = line(
    head.map(() => ""),
    "-",
  );
  return line(head) + rule + rows.map((row) => line(row)).join("");
}
