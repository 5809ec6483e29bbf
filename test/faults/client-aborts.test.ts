/** A caller that hangs up stops the model, pays for what had been made, and blocks nothing. */
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, openHolds, readBudget, readLedger, until } from "../platform/accounting.ts";
import { bedrockClient, openAiClient } from "../platform/clients.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";
const longAnswer = "[[tokens=2000]]";
const chat = { model, max_tokens: 2_000, messages: [{ role: "user" as const, content: longAnswer }] };
const converse = {
  messages: [{ role: "user" as const, content: [{ text: longAnswer }] }],
  inferenceConfig: { maxTokens: 2_000 },
};

const sessions: ClientHttp2Session[] = [];
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterEach(() => {
  platform.awsLocal.gate.set(false);
  platform.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(() => {
  for (const session of sessions) {
    session.destroy();
  }
  return platform?.close();
});

/** Sends a POST over a bare socket, and calls `seen` with all that has come back, as often as more comes. */
function rawPost(
  tenant: TestTenant,
  path: string,
  body: unknown,
  seen: (text: string) => void = () => undefined,
) {
  const json = JSON.stringify(body);
  const socket = connect(Number(new URL(platform.url).port), "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    seen(received);
  });
  socket.on("error", () => undefined);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${tenant.apiKey}\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
  return socket;
}

const served = (tenant: TestTenant) => platform.awsLocal.witness({ tenant: tenant.id }).invocations;

test("streams that are left in the middle stop the model; their estimate is held and then corrected to the token", async () => {
  const tenant = await platform.createTenant();
  const { awsLocal } = platform;
  awsLocal.setSpeed({ tokensPerSecond: 100 });

  const openAi = async () => {
    let pieces = 0;
    const stream = await openAiClient(platform.url, tenant).chat.completions.create({
      ...chat,
      stream: true,
    });
    for await (const chunk of stream) {
      pieces += chunk.choices[0]?.delta.content ? 1 : 0;
      if (pieces === 4) {
        stream.controller.abort();
      }
    }
  };
  const rawSocket = () =>
    new Promise<void>((resolve) => {
      const path = `/model/${encodeURIComponent(model)}/converse-stream`;
      const socket = rawPost(tenant, path, converse, (text) => {
        if (text.split("contentBlockDelta").length > 5) {
          socket.destroy();
          resolve();
        }
      });
    });
  const http2Stream = () =>
    new Promise<void>((resolve) => {
      const session = connectHttp2(platform.url);
      session.on("error", () => undefined);
      const request = session.request({
        ":method": "POST",
        ":path": `/model/${encodeURIComponent(model)}/converse-stream`,
        authorization: `Bearer ${tenant.apiKey}`,
      });
      let received = "";
      request.on("data", (chunk: Buffer) => {
        received += chunk.toString("latin1");
        if (received.split("contentBlockDelta").length > 5) {
          // The stream alone is cancelled; its connection lives on, as an SDK's pool keeps it.
          request.close(constants.NGHTTP2_CANCEL);
        }
      });
      request.on("close", () => {
        sessions.push(session);
        resolve();
      });
      request.end(JSON.stringify(converse));
    });
  await Promise.all([openAi(), rawSocket(), http2Stream()]);

  await until(() => served(tenant).length === 3);
  expect(served(tenant).map(({ status }) => status)).toEqual(Array(3).fill("aborted"));
  expect(served(tenant).filter(({ usage: { output } }) => output < 16 || output > 1_000)).toEqual([]);
  const estimates = await until(async () => {
    const entries = await readLedger(platform, tenant.id);
    expect(entries.map(({ estimated, status }) => [estimated, status])).toEqual(
      Array(3).fill([true, "aborted"]),
    );
    return entries;
  });
  await until(async () => {
    const holds = (await readBudget(platform, tenant.id))?.holds ?? [];
    expect(holds.map(({ state }) => state)).toEqual(Array(3).fill("unresolved"));
  });
  expect(estimates.every(({ tokens }) => tokens.input > 0 && tokens.output > 0)).toBe(true);

  await platform.startWorker();
  await until(async () => (await openHolds(platform, tenant.id)) === 0);
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries.map(({ status }) => status)).toEqual(Array(3).fill("aborted"));
});

test("callers that leave before the first byte pay the prompt that Bedrock read, and nothing else", async () => {
  const tenant = await platform.createTenant();
  const { awsLocal } = platform;
  awsLocal.gate.set(true);
  const openai = openAiClient(platform.url, tenant);
  const hangUp = new AbortController();
  const { signal } = hangUp;
  const calls = [
    openai.chat.completions.create(chat, { signal }),
    openai.chat.completions.create({ ...chat, stream: true }, { signal }),
    bedrockClient(platform.url, tenant).send(new ConverseStreamCommand({ modelId: model, ...converse }), {
      abortSignal: signal,
    }),
  ].map((call) => call.then(() => "answered").catch((error: Error) => error.name));
  const sockets = ["converse", "converse-stream"].map((operation) =>
    rawPost(tenant, `/model/${encodeURIComponent(model)}/${operation}`, converse),
  );
  await until(() => expect(awsLocal.gate.waiting).toBe(5));
  hangUp.abort();
  for (const socket of sockets) {
    socket.destroy();
  }
  expect(await Promise.all(calls)).not.toContain("answered");
  await until(() => expect(awsLocal.gate.waiting).toBe(0));
  await until(async () => (await openHolds(platform, tenant.id)) === 0);
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries.map(({ tokens, status }) => [tokens.input > 0, tokens.output, status])).toEqual(
    Array(5).fill([true, 0, "aborted"]),
  );
});

test("a caller that leaves while a whole answer is made stops the model and pays what had been made", async () => {
  const tenant = await platform.createTenant();
  platform.awsLocal.gate.set(true);
  platform.awsLocal.setSpeed({ tokensPerSecond: 100 });
  const socket = rawPost(tenant, "/v1/chat/completions", chat);
  // The probe starts after the call and ends when some of the answer is made.
  await until(() => platform.awsLocal.gate.waiting === 1);
  platform.awsLocal.gate.set(false);
  await openAiClient(platform.url, tenant).chat.completions.create({ ...chat, max_tokens: 20 });
  socket.destroy();
  await until(() => served(tenant).length === 2);
  await until(async () => (await openHolds(platform, tenant.id)) === 0);
  const [left] = await expectBooksToBalance(platform, tenant.id);
  expect(left?.status).toBe("aborted");
  expect(left?.tokens.output).toBeGreaterThan(0);
  expect(left?.tokens.output).toBeLessThan(1_000);
});

test("a body that never comes to its end holds nothing", async () => {
  const tenant = await platform.createTenant();
  const socket = connect(Number(new URL(platform.url).port), "127.0.0.1");
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-api-key: ${tenant.apiKey}\r\ncontent-length: 5000\r\n\r\n{"model":`,
  );
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.destroy();
  const openai = openAiClient(platform.url, tenant);
  await openai.chat.completions.create({ ...chat, max_tokens: 20 });
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(1);
});
